import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { addressed } from './names.ts';
import { passOn, takeMail } from './take-mail.ts';

/** Reports are small; what is larger is no report (RFC 3464 lets servers send the header back alone). */
const LARGEST_MESSAGE = 1024 * 1024;
const CONNECTIONS = 20;
/** A report is for one reader; servers sum up a few. */
const MOST_RECIPIENTS = 10;
/** RFC 5321 section 4.5.3.2.7 grants five minutes to one who sends; nobody holds a line here for longer. */
const PATIENCE = 60_000;

/** Mailboxes that every domain has (RFC 5321 section 4.5.1, RFC 2142 section 4). */
const FOR_THE_OPERATOR = /^(postmaster|abuse)$/i;

export interface Listener extends AsyncDisposable {
  host: string;
  port: number;
}

/**
 * Takes the mail of BOUNCE_DOMAIN over SMTP until disposed: bounces, complaints, and mails of who wants to leave. Takes
 * only what names something that we sent, and what is for the postmaster; relays nothing, answers nobody by mail.
 * What could not be stored is refused for now (451), and comes again.
 * @throws the system's error when the port is taken.
 */
export async function startListener(
  context: Context,
  { host, port }: { host: string; port: number },
): Promise<Listener> {
  const { config, log } = context;
  const server = new SMTPServer({
    name: config.bounceDomain ?? 'localhost',
    banner: 'Broadsheet',
    // No accounts and no certificate: servers send reports in the clear where STARTTLS is not offered.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: LARGEST_MESSAGE,
    maxClients: CONNECTIONS,
    socketTimeout: PATIENCE,
    closeTimeout: 2000,
    onRcptTo({ address }, session, callback) {
      recipientAllowed(context, address, session).then(
        (refusal) => callback(refusal),
        (error) => callback(failed(context, error)),
      );
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.on('error', callback);
      stream.on('end', () => {
        if (stream.sizeExceeded) return callback(reply(552, '5.3.4 The message is larger than 1 MB'));
        take(context, Buffer.concat(chunks), session).then(
          (refusal) => (refusal === null ? callback(null, '2.0.0 Taken') : callback(refusal)),
          (error) => callback(failed(context, error)),
        );
      });
    },
  });
  server.on('error', (error: Error) => log.debug({ cause: error.message }, 'bounces: a connection broke'));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    host,
    port: (server.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** @returns the refusal; null: it is taken. Decided before the message, so that nothing needs to be sent back. */
async function recipientAllowed(
  { db, config }: Context,
  address: string,
  session: SMTPServerSession,
): Promise<Error | null> {
  if (session.envelope.rcptTo.length >= MOST_RECIPIENTS) return reply(452, '4.5.3 Too many recipients');
  const at = address.lastIndexOf('@');
  if (address.slice(at + 1).toLowerCase() !== config.bounceDomain)
    return reply(550, '5.7.1 Nothing is relayed here');
  if (FOR_THE_OPERATOR.test(address.slice(0, at))) return null;
  const named = addressed(address, config.bounceDomain);
  return named !== null && (await isKnown(db, named)) ? null : reply(550, '5.1.1 No such address');
}

async function isKnown(
  db: Db,
  { box, token }: { box: 'bounce' | 'unsubscribe'; token: string },
): Promise<boolean> {
  const delivery = await db
    .selectFrom('deliveries')
    .select('id')
    .where('token', '=', token)
    .executeTakeFirst();
  if (delivery !== undefined || box === 'unsubscribe') return delivery !== undefined;
  const notice = await db.selectFrom('notices').select('id').where('token', '=', token).executeTakeFirst();
  return notice !== undefined;
}

/**
 * Complaints come to abuse@ too, and are read first. What is no report may be a person's letter, or a server's that we
 * do not understand: somebody should see it.
 * @returns the refusal; null: it is taken.
 */
async function take(context: Context, raw: Buffer, session: SMTPServerSession): Promise<Error | null> {
  const { alertTo, bounceDomain } = context.config;
  const recipients = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
  const { ours, kind } = await takeMail(context, raw, recipients);
  if (ours) return null;
  const operators = recipients.find((address) =>
    FOR_THE_OPERATOR.test(address.slice(0, address.lastIndexOf('@'))),
  );
  if (alertTo !== null && (operators !== undefined || kind === 'other'))
    await passOn(context, raw, operators ?? bounceDomain ?? '');
  if (alertTo === null && operators !== undefined)
    return reply(550, '5.1.1 Nobody reads mail here; write to the sender of the newsletter');
  return null;
}

function failed({ log }: Context, error: unknown): Error {
  log.error({ err: error }, 'A report could not be stored; its server will try again');
  return reply(451, '4.3.0 Not now, try again later');
}

function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
