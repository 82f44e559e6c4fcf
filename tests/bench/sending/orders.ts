export type Signing = 'unsigned' | 'ed25519' | 'rsa';
/** SQLite's `synchronous`. */
export type Durability = 'NORMAL' | 'FULL';

/** What a sending process is told to do, one after the other. */
export type Order =
  /** Makes readers and an approved edition. */
  | { do: 'prepare'; readers: number; folder: string }
  | { do: 'sample' }
  /** Nodemailer's pool, and our relay alone, whose messages are composed and nothing of them stored. */
  | { do: 'pool'; port: number; messages: number }
  | { do: 'bare'; port: number; messages: number }
  /** A sender as in production begins to look for work. */
  | {
      do: 'begin';
      port: number;
      signing: Signing;
      durability: Durability;
      connections: number;
      /** Of the relay; default: too high to bind. */
      limits?: { perSecond: number; perDay: number | null };
    }
  /** Freezes the audience: from here on all senders that have begun send. */
  | { do: 'freeze' }
  /** Waits for the end. */
  | { do: 'end' }
  /** Stops before it. */
  | { do: 'stop' };

/** Times in ms UTC, with fractions. */
export interface Sent {
  written: number;
  first: number;
  last: number;
}

export const CONNECTIONS = 20;
