import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

/**
 * The smallest server that speaks SMTP: looks for the ends of commands and messages, keeps nothing, and runs in a
 * thread of its own, so that what is measured is the sender. Tells its port, and how many it took when asked.
 */
let taken = 0;
const server = createServer({ noDelay: true }, (socket) => {
  let tail = Buffer.alloc(0);
  let inData = false;
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    let rest: Buffer = tail.length === 0 ? (chunk as Buffer) : Buffer.concat([tail, chunk as Buffer]);
    let replies = '';
    for (;;) {
      if (inData) {
        const end = rest.indexOf('\r\n.\r\n');
        if (end < 0) {
          // Only what may be the beginning of the end is kept.
          tail = Buffer.from(rest.subarray(Math.max(0, rest.length - 4)));
          break;
        }
        rest = rest.subarray(end + 5);
        inData = false;
        taken++;
        replies += '250 2.0.0 Ok\r\n';
      } else {
        const end = rest.indexOf('\r\n');
        if (end < 0) {
          tail = Buffer.from(rest);
          break;
        }
        const verb = rest.toString('latin1', 0, 4).toUpperCase();
        rest = rest.subarray(end + 2);
        if (verb === 'DATA') {
          inData = true;
          replies += '354 Go on\r\n';
        } else if (verb === 'EHLO') replies += '250-sink\r\n250-PIPELINING\r\n250 SIZE 50000000\r\n';
        else if (verb === 'QUIT') replies += '221 2.0.0 Bye\r\n';
        else replies += '250 2.0.0 Ok\r\n';
      }
    }
    if (replies !== '') socket.write(replies);
  });
  socket.write('220 sink ESMTP\r\n');
});
server.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage({ port: (server.address() as AddressInfo).port });
});
parentPort?.on('message', () => parentPort?.postMessage({ taken }));
