import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { BufferPool } from '../buffer-pool.ts';
import type { Envelope, Relay, SendOutcome } from '../relay.ts';
import { type ReadReply, replyReader, tidy } from '../replies.ts';
import { readCapabilities } from './capabilities.ts';
import { MessageStream, roomFor } from './message-stream.ts';
import { failedSend, relayTrouble } from './smtp-faults.ts';
import { connectionTo, readSmtpUrl, type SmtpSettings } from './smtp-url.ts';

const MINUTE = 60_000;
/** How long a server may take to let us go, ms. */
const QUIT_WITHIN = 1_000;

export interface NodemailerOptions extends Pick<Relay, 'limits'> {
  connections?: number;
  /** EHLO name; default: this machine's. A real name whose address points back at it (RFC 5321 §4.1.4). */
  name?: string;
  /** How long the greeting may take, ms (RFC 5321 §4.5.3.2.1: at least 5 min). */
  greetingTimeout?: number;
  /** How long an answer may take, the final one too, ms (§4.5.3.2.6: 10 min; giving up there makes doubles). */
  replyTimeout?: number;
  /** What its replies mean; default: by our own rules alone. */
  readReply?: ReadReply;
  /** Messages after which a connection is closed and another opened. */
  messagesPerConnection?: number;
}

/**
 * A relay over SMTP, spoken by Nodemailer, on `connections` lines that stay open.
 * TLS from the start with `smtps:`; STARTTLS required on port 587 and wherever a password is given (RFC 8314 §3),
 * except to this machine itself; else taken when offered.
 * @param url `smtp://user:password@host:port`.
 * @throws RefusedError when the URL is none of SMTP.
 */
export function nodemailerRelay(url: string, options: NodemailerOptions = {}): Relay {
  const settings = readSmtpUrl(url);
  const { connections = 5, messagesPerConnection = 100 } = options;
  const idle: Line[] = [];
  const open = new Set<Line>();
  const leaving = new Set<Promise<void>>();
  const buffers = new BufferPool();
  let closed = false;

  async function line(): Promise<Line | SendOutcome> {
    // A server may have hung up on an idle line.
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (await known.ready()) return known;
      known.close();
    }
    // One that is being closed counts until it is: the server counts it, too.
    while (open.size >= connections && leaving.size > 0) await Promise.race(leaving);
    if (closed) return CLOSED;
    const fresh = new Line(settings, options, buffers);
    open.add(fresh);
    fresh.onEnd(() => open.delete(fresh));
    const failure = await fresh.open();
    return failure ?? fresh;
  }

  function leave(line: Line): void {
    const left = line.quit().finally(() => leaving.delete(left));
    leaving.add(left);
  }

  return {
    name: settings.name,
    connections,
    keepLines: (most) => {
      while (open.size - leaving.size > most && idle.length > 0) leave(idle.shift() as Line);
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    send: async (envelope, raw) => {
      if (closed) return CLOSED;
      const found = await line();
      if (!(found instanceof Line)) return found;
      const outcome = await found.send(envelope, raw);
      if (closed || !found.usable || found.sent >= messagesPerConnection) leave(found);
      else {
        // Nothing of a transaction that failed may reach the next message, and only that one waits for it.
        if (outcome.kind !== 'sent') found.reset();
        idle.push(found);
      }
      return outcome;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      for (const known of idle.splice(0)) leave(known);
      for (const known of open) known.close();
    },
  };
}

/** One connection: a message at a time. */
class Line {
  sent = 0;
  readonly #connection: SMTPConnection;
  readonly #auth: SmtpSettings['auth'];
  /** Ends the call that is waiting when the line breaks: after our own close Nodemailer calls nobody back. */
  #interrupt: ((error: unknown) => void) | null = null;
  #broken = false;
  /** Whether the relay has forgotten the last message. */
  #reset = Promise.resolve(true);
  readonly #readReply: ReadReply;
  readonly #buffers: BufferPool;
  #smtpUtf8 = false;

  constructor(settings: SmtpSettings, options: NodemailerOptions, buffers: BufferPool) {
    const { greetingTimeout = 5 * MINUTE, replyTimeout = 10 * MINUTE } = options;
    this.#auth = settings.auth;
    this.#buffers = buffers;
    this.#readReply = options.readReply ?? replyReader();
    this.#connection = connectionTo(settings, {
      connectionTimeout: greetingTimeout,
      greetingTimeout,
      socketTimeout: replyTimeout,
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    this.#connection.on('error', (error) => this.#break(error));
    this.#connection.on('end', () => this.#break(new Error('The line was closed.')));
  }

  get usable(): boolean {
    return !this.#broken;
  }

  /** Whether the next message may go over it; waits until what went wrong with the last one is reset. */
  async ready(): Promise<boolean> {
    return (await this.#reset) && this.usable;
  }

  onEnd(done: () => void): void {
    this.#connection.once('end', done);
  }

  /** Connects and logs in. @returns what went wrong, or null. */
  async open(): Promise<SendOutcome | null> {
    try {
      await this.#call<void>((done) => this.#connection.connect((error) => done(error ?? null)));
      this.#smtpUtf8 = readCapabilities(this.#connection.lastServerResponse || '').includes('SMTPUTF8');
      const auth = this.#auth;
      if (auth !== null) {
        await this.#call<unknown>((done) => this.#connection.login({ credentials: auth }, done));
      }
      return null;
    } catch (error) {
      this.close();
      return relayTrouble(error, this.#readReply);
    }
  }

  async send(envelope: Envelope, raw: Buffer): Promise<SendOutcome> {
    if (!this.#smtpUtf8 && needsSmtpUtf8(envelope)) return NO_SMTPUTF8;
    // Written from a copy: the line may have some of it to write still when the answer comes early.
    const wire = this.#buffers.take(roomFor(raw));
    raw.copy(wire);
    const message = new MessageStream(wire);
    this.sent++;
    try {
      const info = await this.#call<{ response: string }>((done) =>
        this.#connection.send(smtpEnvelope(envelope, raw), message, done as never),
      );
      if (this.#drained) this.#buffers.giveBack(wire);
      return (
        this.#readReply(info.response, 'recipient') ?? { kind: 'unknown', response: tidy(info.response) }
      );
    } catch (error) {
      return failedSend(error, message.leaving, this.#readReply);
    } finally {
      message.destroy();
    }
  }

  /** Whether nothing is left to be written; a server may answer before it has read all. */
  get #drained(): boolean {
    const { _socket: socket } = this.#connection as { _socket?: Partial<Socket> | false };
    return typeof socket === 'object' && socket.writableLength === 0;
  }

  /** Begins RSET. */
  reset(): void {
    this.#reset = this.#call<unknown>((done) => this.#connection.reset(done)).then(
      () => true,
      () => false,
    );
  }

  /** Takes leave of the server. Resolves when the line is closed, by us where the server does not. */
  async quit(): Promise<void> {
    if (this.#broken) return this.close();
    this.#broken = true;
    const ended = new Promise<void>((resolve) => this.#connection.once('end', resolve));
    this.#connection.quit();
    await Promise.race([ended, pause(QUIT_WITHIN, undefined, { ref: false })]);
    this.#connection.close();
  }

  close(): void {
    this.#connection.close();
    this.#break(new Error('The line was closed.'));
  }

  #break(error: unknown): void {
    this.#broken = true;
    this.#interrupt?.(error);
  }

  #call<Result>(
    start: (done: (error: Error | null | undefined, result?: Result) => void) => void,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // Nodemailer reports a fault as an event first and to the callback after it, with the reply: let it.
      this.#interrupt = (error) => setImmediate(() => reject(error));
      start((error, result) => (error ? reject(error) : resolve(result as Result)));
    }).finally(() => {
      this.#interrupt = null;
    });
  }
}

const CLOSED: SendOutcome = { kind: 'relay', trouble: 'rest', response: 'The relay is being closed.' };

/** Its letters must only go to a server that says it passes them on (RFC 6531 §3.2); Nodemailer would send them to any. */
const NO_SMTPUTF8: SendOutcome = {
  kind: 'unsendable',
  response:
    'Not sent: the address has letters beyond ASCII before the @, and the relay does not offer SMTPUTF8.',
};

/** A domain has an ASCII form (RFC 5890), a local part has none. */
function needsSmtpUtf8({ from, to }: Envelope): boolean {
  return [from, to].some((address) => !/^\p{ASCII}*$/u.test(address.slice(0, address.lastIndexOf('@'))));
}

function smtpEnvelope({ from, to, id }: Envelope, raw: Buffer) {
  const ascii = /^[\x21-\x7e]+$/.test(to);
  return {
    from,
    to: [to],
    size: raw.length,
    // Small bounces that carry our id, where the relay speaks DSN (RFC 3461 §4).
    ...(id === undefined
      ? {}
      : { dsn: { ret: 'HDRS', envid: id, notify: 'FAILURE', ...(ascii && { orcpt: to }) } }),
  };
}
