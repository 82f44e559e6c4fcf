import { ImapFlow, type MailboxLockObject } from 'imapflow';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { takeMail } from './take-mail.ts';

/** Where mails go that were read; made when it is not there. */
const DONE = 'Broadsheet';
/** The first time, older mail is not looked at. */
const FIRST_LOOK = 14 * 86_400_000;
/** Larger ones are no reports. */
const LARGEST_MESSAGE = 1024 * 1024;
/** More than this in one run waits for the next. */
const MOST = 500;
const PATIENCE = 20_000;

/** How far a mailbox has been read: UIDs grow, and mean something else once `validity` changes (RFC 9051 2.3.1.1). */
interface Progress {
  validity: string;
  uid: number;
}

/**
 * Reads what has come into the mailbox since the last time. What was about a delivery of ours is moved to "Broadsheet";
 * everything else stays as it is, unread, for who reads that mailbox. Killed at any moment, it reads again what it had
 * not written down, and nothing counts twice.
 * @returns how many mails were read, and how many of them were ours.
 * @throws RefusedError in a sentence when the mailbox cannot be reached or opened.
 */
export async function readMailbox(
  context: Context,
  url: string,
  signal: AbortSignal,
): Promise<{ read: number; ours: number }> {
  const where = maskUrl(url);
  const { client, folder } = connectionTo(url);
  // It is also told by what fails; without a listener the process would end.
  client.on('error', (error: Error) =>
    context.log.debug({ cause: error.message }, 'bounces: the mailbox hung up'),
  );
  try {
    const lock = await open(client, folder).catch((error) => {
      throw new RefusedError(`The mailbox ${where} cannot be read: ${reasonOf(error)}. See BOUNCE_IMAP_URL.`);
    });
    try {
      return await readNew(context, client, `mailbox ${where}`, signal);
    } finally {
      lock.release();
    }
  } finally {
    await client.logout().catch(() => client.close());
  }
}

async function open(client: ImapFlow, folder: string): Promise<MailboxLockObject> {
  await client.connect();
  return client.getMailboxLock(folder);
}

async function readNew(
  context: Context,
  client: ImapFlow,
  name: string,
  signal: AbortSignal,
): Promise<{ read: number; ours: number }> {
  const { db, now } = context;
  const validity = String(client.mailbox === false ? '' : client.mailbox.uidValidity);
  const last = await progressOf(db, name);
  const known = last !== null && last.validity === validity;
  const query = known
    ? { uid: `${last.uid + 1}:*` }
    : { since: new Date(now().epochMilliseconds - FIRST_LOOK) };
  const found = (await client.search(query, { uid: true })) || [];
  // `n:*` names the last mail even where its UID is below n.
  const uids = found.filter((uid) => !known || uid > last.uid).toSorted((one, other) => one - other);
  let ours = 0;
  let read = 0;
  for (const uid of uids.slice(0, MOST)) {
    if (signal.aborted) break;
    if (await takeOne(context, client, uid)) ours++;
    read++;
    await keepProgress(db, name, { validity, uid });
  }
  return { read, ours };
}

/** @returns whether it was about a delivery of ours. */
async function takeOne(context: Context, client: ImapFlow, uid: number): Promise<boolean> {
  const found = await client.fetchOne(String(uid), { size: true }, { uid: true });
  if (found === false || (found.size ?? 0) > LARGEST_MESSAGE) return false;
  // BODY.PEEK: it stays unread.
  const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
  if (message === false || message.source === undefined) return false;
  const { ours } = await takeMail(context, message.source);
  if (ours) await putAway(context, client, uid);
  return ours;
}

/** Moved; where the server allows no folder, marked as read. */
async function putAway({ log }: Context, client: ImapFlow, uid: number): Promise<void> {
  try {
    await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
    const moved = await client.messageMove(String(uid), DONE, { uid: true });
    if (moved !== false) return;
    await client.mailboxCreate(DONE);
    await client.messageMove(String(uid), DONE, { uid: true });
  } catch (error) {
    log.warn(
      { cause: reasonOf(error) },
      `A mail that was read could not be moved to "${DONE}"; it stays, marked as read`,
    );
  }
}

async function progressOf(db: Db, name: string): Promise<Progress | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.value) as Progress);
}

async function keepProgress(db: Db, name: string, progress: Progress): Promise<void> {
  const value = JSON.stringify(progress);
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** `imaps://user:password@host:993/INBOX`. Without TLS only on this machine. */
function connectionTo(address: string): { client: ImapFlow; folder: string } {
  const url = new URL(address);
  const secure = url.protocol === 'imaps:';
  const local = /^(localhost|127\.|\[::1\])/.test(url.hostname);
  const client = new ImapFlow({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 993 : 143),
    secure,
    // Nobody's password goes over the net in the clear.
    ...(secure || local ? {} : { doSTARTTLS: true }),
    auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    logger: false,
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: 60_000,
  });
  return { client, folder: decodeURIComponent(url.pathname.slice(1)) || 'INBOX' };
}

function reasonOf(error: unknown): string {
  const { responseText, message } = error as { responseText?: string; message?: string };
  return (responseText ?? message ?? String(error)).replace(/\.$/, '');
}
