import type { RevisionItem } from '../editions/revision.ts';
import type { LinkKeys } from '../subscribers/links.ts';

/** Where links point and what signs them. */
export interface MessageSite {
  publicUrl: string;
  /** null: bounces come to the sender's address, and no unsubscribe mailto is offered. */
  bounceDomain: string | null;
  keys: LinkKeys;
}

export interface Recipient {
  /** Names the delivery in Message-ID and return path: the same at every attempt. */
  deliveryToken: string;
  subscriberToken: string;
  email: string;
  name: string | null;
  /** ms UTC; null: not known. */
  subscribedAt: number | null;
  rhythm: string | null;
}

/** What editors read around a draft. */
export interface DeskNote {
  /** Above it: what it is, when it goes out on what condition, how to decide. */
  title: string;
  lines: string[];
  commands: Command[];
  /** Below it. */
  preheader: string;
  leftOut: { title: string; stories: string[] } | null;
  more: Command[];
}

/** A command that can be pasted, and what it is for. */
interface Command {
  what: string;
  command: string;
}

/** An edition to its readers, or a copy of it for editors. */
export type EditionPurpose = 'digest' | 'test' | 'proof';

export interface ComposeOptions {
  /** `test` and `proof` are copies for editors: their links to leave and to choose do nothing. */
  purpose?: EditionPurpose;
  /** What the subject becomes: `[Test r4] …`. */
  markSubject?: (subject: string) => string;
  desk?: (message: { subject: string; preheader: string }) => DeskNote;
}

export interface ComposedMessage {
  subject: string;
  preheader: string;
  greeting: string;
  /** Rendered, with marks where merge fields stand: `preview` fills them. */
  html: string;
  text: string;
  /** Clean, their headlines as the mail shows them. */
  items: RevisionItem[];
  words: number;
  minutes: number;
  /**
   * The message of one recipient, ready for the wire.
   * @param date of the first attempt: a retry keeps it.
   * @param allocate where its bytes go; default: memory of their own.
   * @throws when the address or name cannot stand in a header.
   */
  forRecipient: (
    recipient: Recipient,
    date: Temporal.Instant,
    allocate?: (size: number) => Buffer,
  ) => { envelope: Envelope; raw: Buffer };
  /** Both parts as this recipient reads them. */
  preview: (recipient: Recipient) => { html: string; text: string };
}

/** As `delivery/relay.ts` takes it. */
export interface Envelope {
  from: string;
  to: string;
}

/** A mail that is not an edition, ready for the wire. */
export interface ComposedNotice {
  subject: string;
  envelope: Envelope;
  raw: Buffer;
}
