import { Readable, Transform } from 'node:stream';

/**
 * A message's bytes for Nodemailer, and whether they have begun to leave: only then can the relay have taken it.
 *
 * Nodemailer pipes it into a transform that looks at every byte for dots to stuff (RFC 5321 §4.5.2), which costs
 * more than all the rest of sending. Our messages are made so that no line begins with one: they are pushed past
 * it, final dot and all, in one piece. Should Nodemailer read instead of calling `pipe`, it gets the same bytes.
 */
export class MessageStream extends Readable {
  leaving = false;
  /** The message and the final dot. */
  readonly #wire: Buffer;

  /** @param wire the message with room for the final dot after it: `roomFor` bytes. It is written from. */
  constructor(wire: Buffer) {
    super({ highWaterMark: wire.length });
    this.#wire = wire;
    END.copy(wire, wire.length - END.length);
  }

  override pipe<Target extends NodeJS.WritableStream>(target: Target, options?: { end?: boolean }): Target {
    if (!(target instanceof Transform) || !needsNoStuffing(this.#raw)) return super.pipe(target, options);
    this.leaving = true;
    target.push(this.#wire);
    target.push(null);
    return target;
  }

  override _read(): void {
    this.leaving = true;
    this.push(this.#raw);
    this.push(null);
  }

  get #raw(): Buffer {
    return this.#wire.subarray(0, this.#wire.length - END.length);
  }
}

const END = Buffer.from('.\r\n');

/** Bytes that a message takes with the final dot. */
export function roomFor(raw: Buffer): number {
  return raw.length + END.length;
}

/** No line begins with a dot, whatever a server takes for a line's end, so that nothing can end the message early. */
function needsNoStuffing(raw: Buffer): boolean {
  const ends = raw.subarray(-2).equals(CRLF);
  return ends && raw[0] !== DOT && !raw.includes('\n.') && !raw.includes('\r.');
}

const DOT = 0x2e;
const CRLF = Buffer.from('\r\n');
