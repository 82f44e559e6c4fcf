import { connect, type Socket } from 'node:net';

/**
 * The least that a sender in Node can do, as a yardstick where Postfix's `smtp-source` is missing: the same bytes over
 * and over on lines that stay open, MAIL, RCPT and DATA in one packet, replies counted and not read.
 * @returns messages a second.
 */
export async function measureSource(
  port: number,
  raw: Buffer,
  messages: number,
  connections: number,
): Promise<number> {
  const message = Buffer.concat([raw, Buffer.from('.\r\n')]);
  let left = messages;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () =>
      line(connect({ port, noDelay: true }), message, () => left-- > 0),
    ),
  );
  return messages / ((performance.now() - began) / 1000);
}

function line(socket: Socket, message: Buffer, more: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    /** Replies that are still to come before the next write: MAIL, RCPT and DATA have one each. */
    let awaited = 1;
    let step: 'greeting' | 'hello' | 'envelope' | 'message' = 'greeting';
    const next = () => {
      if (step === 'greeting') {
        step = 'hello';
        socket.write('EHLO source\r\n');
      } else if (step === 'envelope') {
        step = 'message';
        socket.write(message);
      } else if (more()) {
        step = 'envelope';
        awaited = 3;
        socket.write('MAIL FROM:<a@news.example>\r\nRCPT TO:<r@example.org>\r\nDATA\r\n');
        return;
      } else {
        socket.end('QUIT\r\n');
        resolve();
      }
      awaited = 1;
    };
    let tail = '';
    socket.on('data', (chunk: Buffer) => {
      const lines = (tail + chunk.toString('latin1')).split('\r\n');
      tail = lines.pop() as string;
      for (const reply of lines) {
        // `250-` goes on.
        if (reply[3] === '-') continue;
        if (reply[0] !== '2' && reply[0] !== '3') reject(new Error(`The sink says: ${reply}`));
        if (--awaited === 0) next();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The sink hung up.')));
  });
}
