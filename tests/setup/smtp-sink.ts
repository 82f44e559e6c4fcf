import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** What a script may say at a stage instead of the usual answer. */
type Answer =
  /** Any reply, `421 …` and nonsense too; a 421 ends the session. */
  | string
  /** Hangs up without a word. */
  | { drop: true }
  /** Says nothing, ever. */
  | { stall: true }
  /** Waits, then answers as usual. */
  | { after: number }
  /** Waits for that, then answers as usual. */
  | { until: Promise<void> };

export interface Script {
  greeting?: () => Answer | undefined;
  ehlo?: () => Answer | undefined;
  mail?: (address: string) => Answer | undefined;
  rcpt?: (address: string) => Answer | undefined;
  data?: (to: string) => Answer | undefined;
  rset?: () => Answer | undefined;
  /** At the final dot: the message is counted as taken only when the answer is a 2xx or `drop` after keeping. */
  dot?: (to: string, message: Buffer) => Answer | (Answer & { keep?: boolean }) | undefined;
}

interface Received {
  from: string;
  to: string;
  /** As it came, dots unstuffed. */
  raw: Buffer;
}

export interface Sink extends AsyncDisposable {
  url: string;
  port: number;
  messages: Received[];
  /** How often each recipient's message was taken. */
  taken: Map<string, number>;
  /** Sessions that are open now, and how many there were. */
  sessions: () => { open: number; ever: number };
  /** May be changed while it runs. */
  script: Script;
  commands: string[];
  /** Ends all sessions, as a server does with idle ones. */
  hangUp: () => void;
}

const DOT = Buffer.from('\r\n.\r\n');

/**
 * A real SMTP server on loopback that plays a script. Takes everything unless told otherwise; speaks PIPELINING,
 * so that replies come as from the servers people use.
 */
export async function startSink(
  script: Script = {},
  { extensions = ['PIPELINING', 'SIZE 50000000'], keep = true, port: wanted = 0 } = {},
): Promise<Sink> {
  const sockets = new Set<Socket>();
  let ever = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    ever++;
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    converse(socket, sink, extensions, keep);
  });
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sink: Sink = {
    url: `smtp://127.0.0.1:${port}`,
    port,
    messages: [],
    taken: new Map(),
    sessions: () => ({ open: sockets.size, ever }),
    script,
    commands: [],
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return sink;
}

function converse(socket: Socket, sink: Sink, extensions: string[], keep: boolean): void {
  let pending: Buffer[] = [];
  let inData = false;
  let from = '';
  let to = '';
  /** A stall or a wait holds back what comes after it. */
  let turn: Promise<void> = Promise.resolve();

  /** @returns whether the usual course goes on. */
  async function answer(given: Answer | undefined, usual: string): Promise<boolean> {
    if (given === undefined) {
      socket.write(`${usual}\r\n`);
      return true;
    }
    if (typeof given === 'string') {
      socket.write(`${given}\r\n`);
      if (given.startsWith('421')) socket.end();
      return /^[23]/.test(given);
    }
    if ('after' in given) {
      await new Promise((resolve) => setTimeout(resolve, given.after));
      socket.write(`${usual}\r\n`);
      return true;
    }
    if ('until' in given) {
      await given.until;
      socket.write(`${usual}\r\n`);
      return true;
    }
    if ('drop' in given) {
      socket.destroy();
      return false;
    }
    return new Promise(() => {});
  }

  async function command(line: string): Promise<void> {
    const { script } = sink;
    if (keep) sink.commands.push(line);
    const verb = line.slice(0, 4).toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'EHLO') {
      const lines = ['sink', ...extensions];
      const usual = lines.map((text, at) => `250${at === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
      await answer(script.ehlo?.(), usual);
    } else if (verb === 'HELO') {
      await answer(undefined, '250 sink');
    } else if (verb === 'MAIL') {
      from = (await answer(script.mail?.(address), '250 2.1.0 Ok')) ? address : '';
    } else if (verb === 'RCPT') {
      to = (await answer(script.rcpt?.(address), '250 2.1.5 Ok')) ? address : '';
    } else if (verb === 'DATA') {
      if (to === '') socket.write('554 5.5.1 No valid recipients\r\n');
      else inData = await answer(script.data?.(to), '354 End data with <CR><LF>.<CR><LF>');
    } else if (verb === 'RSET') {
      to = '';
      await answer(script.rset?.(), '250 2.0.0 Ok');
    } else if (verb === 'QUIT') {
      socket.end('221 2.0.0 Bye\r\n');
    } else {
      socket.write('502 5.5.2 Not implemented\r\n');
    }
  }

  async function message(raw: Buffer): Promise<void> {
    const given = sink.script.dot?.(to, raw);
    const kept = typeof given === 'object' && 'keep' in given && given.keep === true;
    const taken = given === undefined || kept || (typeof given === 'string' && given.startsWith('2'));
    const waits = typeof given === 'object' && 'after' in given;
    if (taken || waits) {
      sink.taken.set(to, (sink.taken.get(to) ?? 0) + 1);
      if (keep) sink.messages.push({ from, to, raw });
    }
    to = '';
    await answer(given, '250 2.0.0 Ok: queued');
  }

  /** Takes apart what has come: whole lines, or a message up to its dot. */
  async function read(): Promise<void> {
    for (;;) {
      const all = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending);
      pending = [all];
      if (socket.destroyed) return;
      if (inData) {
        const end = all.indexOf(DOT);
        if (end < 0) return;
        pending = [all.subarray(end + DOT.length)];
        inData = false;
        await message(all.subarray(0, end + 2));
      } else {
        const end = all.indexOf('\r\n');
        if (end < 0) return;
        pending = [all.subarray(end + 2)];
        await command(all.toString('latin1', 0, end));
      }
    }
  }

  socket.on('data', (chunk) => {
    pending.push(chunk as Buffer);
    turn = turn.then(read);
  });
  turn = answer(sink.script.greeting?.(), '220 sink ESMTP').then(() => {});
}
