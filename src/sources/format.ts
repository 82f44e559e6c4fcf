import type { ReadStories } from './raw-story.ts';

/** What is known of a document besides its bytes. */
export interface DocumentAbout {
  /** How it is called where people read of it: a file's name, an address. */
  name: string;
  /** What its relative links are relative to; null for a file. */
  url: string | null;
  contentType: string | null;
  now: Temporal.Instant;
  /** BCP 47, when whoever gives it knows. */
  language?: string | null | undefined;
  /** IANA zone of its times that name none; default UTC. */
  timeZone?: string | undefined;
}

/** What reading a document gives: its stories and what it says of itself. */
export interface ReadDocument extends ReadStories {
  title: string | null;
  /** As people call it: `RSS 2.0`, `news page (text)`. */
  format: string;
}
