import type { DocumentAbout, ReadDocument } from './format.ts';
import type { FetchedDocument } from './guarded-fetch.ts';

/** What a kind needs to know of a source. */
export interface SourceAddress {
  url: string;
  /** What the last reading returned, to ask only for what is newer. */
  etag: string | null;
  lastModified: string | null;
  /** BCP 47, when the operator said. */
  language: string | null;
}

/** What a kind is given to work with: it has no other way to the network. */
export interface KindTools {
  /** Fetches through the guard (`guarded-fetch.ts`); with `since`, only what is newer. */
  fetch: (url: string, since?: Pick<SourceAddress, 'etag' | 'lastModified'>) => Promise<FetchedDocument>;
  /** Reads a document that was fetched, as `readDocument`, within limits of time (`read-apart.ts`). */
  read: (bytes: Uint8Array, about: DocumentAbout) => Promise<ReadDocument>;
  /** Which of these story links are stored already. */
  known: (urls: string[]) => Promise<Set<string>>;
  now: Temporal.Instant;
}

/** What reading a source gives. */
interface SourceReading {
  /** null: nothing has changed since the last reading. */
  read: ReadDocument | null;
  etag: string | null;
  lastModified: string | null;
  /** Where it has moved for good, as its server says, and was read. */
  movedTo?: string | null;
}

/** A way in which stories come: one file in `kinds/` each, listed in `kinds/index.ts`. */
export interface SourceKind {
  name: string;
  /**
   * Reads the source once.
   * @throws RefusedError when it cannot be read at all: a sentence for the operator.
   */
  read: (source: SourceAddress, tools: KindTools) => Promise<SourceReading>;
}
