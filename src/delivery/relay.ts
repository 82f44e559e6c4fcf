import type { RelaySettings } from '../config.ts';

/** One message to one recipient, ready for the wire. */
export interface Envelope {
  /** Return path; empty only for mail that answers mail. */
  from: string;
  to: string;
  /** Comes back in delivery reports of relays that speak DSN (RFC 3461 §4.4): the delivery's token. */
  id?: string;
}

/**
 * What became of one message: a closed set, so that everything after the relay is decided in one place.
 * `unknown` is the honest answer when the line broke after the message had begun to leave.
 */
export type SendOutcome =
  | { kind: 'sent'; response: string }
  | { kind: 'later'; response: string }
  | { kind: 'refused'; reason: 'gone' | 'soft' | 'policy'; response: string }
  | { kind: 'unknown'; response: string }
  /**
   * The relay's own trouble, never the recipient's: nothing left. `rest`: it is away or busy, try again in a
   * moment. `stop`: it refuses us (login, sender, size), and a person must mend that. `unsigned`: it was not even
   * asked, since the message could not be signed.
   */
  | { kind: 'relay'; trouble: 'rest' | 'stop' | 'unsigned'; response: string }
  /** Nothing left: this relay has no way to say the address. */
  | { kind: 'unsendable'; response: string };

/** An SMTP server that takes our mail. Implementations live in `relays/`, all pass one contract test. */
export interface Relay extends AsyncDisposable {
  /** Shown and stored: host and port, never a password. */
  name: string;
  /** How many messages may be out at once; each runs on a connection of its own. */
  connections: number;
  /** What else it may be given; absent: as the first relay's settings say. */
  limits?: Pick<RelaySettings, 'perSecond' | 'perDay' | 'weight'>;
  /** Closes lines that stand open and idle beyond so many: other senders may open theirs. */
  keepLines?: (most: number) => void;
  /**
   * Sends `raw` (CRLF lines, headers first). Never throws: whatever happens is an outcome. Once there is one, `raw`
   * may be written over.
   */
  send: (envelope: Envelope, raw: Buffer) => Promise<SendOutcome>;
}
