import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** What the sink counts, since it was last asked. */
export interface Count {
  /** When each message was there, ms UTC with fractions, by the domain that it was for. */
  times: Record<string, number[]>;
  /** Most sessions that were open at once, and most messages that had begun and had no answer yet. */
  sessions: number;
  atOnce: number;
}

/**
 * The smallest server that speaks SMTP, in a process of its own so that what is measured is the sender: looks for the
 * ends of commands and messages and keeps nothing. Tells its port, and what it counted when asked.
 * First argument: ms that it lets pass before it answers a message.
 */
const latency = Number(process.argv[2] ?? 0);
let count: Count = { times: {}, sessions: 0, atOnce: 0 };
let sessions = 0;
let begun = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let tail: Buffer = Buffer.alloc(0);
  let inData = false;
  let domain = '';
  sessions++;
  count.sessions = Math.max(count.sessions, sessions);
  socket.on('close', () => sessions--);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    let rest: Buffer = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    let replies = '';
    for (;;) {
      const end = rest.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) {
        // Of a message only what may be the beginning of its end is kept.
        tail = Buffer.from(rest.subarray(inData ? Math.max(0, rest.length - 4) : 0));
        break;
      }
      if (inData) {
        rest = rest.subarray(end + 5);
        inData = false;
        if (latency === 0) replies += taken(domain);
        else setTimeout(() => socket.write(taken(domain)), latency);
      } else {
        const verb = rest.toString('latin1', 0, 4).toUpperCase();
        if (verb === 'RCPT') domain = rest.toString('latin1', rest.indexOf('@') + 1, rest.indexOf('>'));
        rest = rest.subarray(end + 2);
        inData = verb === 'DATA';
        if (inData) count.atOnce = Math.max(count.atOnce, ++begun);
        replies += REPLIES[verb] ?? '250 2.0.0 Ok\r\n';
      }
    }
    if (replies !== '') socket.write(replies);
  });
  socket.write('220 sink ESMTP\r\n');
});

function taken(domain: string): string {
  begun--;
  count.times[domain] ??= [];
  count.times[domain].push(performance.timeOrigin + performance.now());
  return '250 2.0.0 Ok\r\n';
}

const REPLIES: Record<string, string> = {
  EHLO: '250-sink\r\n250-PIPELINING\r\n250 SIZE 50000000\r\n',
  DATA: '354 Go on\r\n',
  QUIT: '221 2.0.0 Bye\r\n',
};

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => {
  process.send?.(count);
  count = { times: {}, sessions, atOnce: begun };
});
process.on('disconnect', () => process.exit());
