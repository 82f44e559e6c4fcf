import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { Log } from '../log.ts';
import type { Mailbox } from './mailbox.ts';

/** Larger ones are refused, as a provider would: a digest weighs under 100 kB. */
const LARGEST_MESSAGE = 16 * 1024 * 1024;

/**
 * A real SMTP server that takes whatever it is given and puts it into the mailbox.
 * @returns its port and how to close it.
 * @throws when the port is taken.
 */
export async function startSmtp(
  mailbox: Mailbox,
  { host, port, now, log }: { host: string; port: number; now: () => Temporal.Instant; log: Log },
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = new SMTPServer({
    // No certificate and no accounts: it only listens on this machine.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    name: 'inbox.localhost',
    banner: 'Broadsheet inbox',
    size: LARGEST_MESSAGE,
    closeTimeout: 200,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.on('error', callback);
      stream.on('end', async () => {
        if (stream.sizeExceeded) return callback(tooLarge());
        const raw = Buffer.concat(chunks);
        const message = mailbox.add({
          receivedAt: now(),
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          subject: await readSubject(raw),
          raw,
        });
        callback(null, `Taken as message ${message.id}`);
      });
    },
  });
  server.on('error', (error: Error) => log.debug({ cause: error.message }, 'inbox: a connection broke'));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Only the header block is parsed while the sender waits. */
async function readSubject(raw: Buffer): Promise<string> {
  const end = raw.indexOf('\r\n\r\n');
  try {
    return (await PostalMime.parse(raw.subarray(0, end < 0 ? undefined : end + 4))).subject ?? '';
  } catch {
    return '';
  }
}

function tooLarge(): Error {
  return Object.assign(new Error('5.3.4 The message is larger than 16 MB'), { responseCode: 552 });
}
