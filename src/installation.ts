import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from './context.ts';
import type { Db } from './database/connect.ts';
import { isLoopback } from './loopback.ts';

/**
 * Where a database belongs. A copy of production on a laptop, or production started with another key, must mail
 * nobody: the database remembers its PUBLIC_URL and a fingerprint of its SECRET_KEY, and sending is off while they
 * differ, until `broadsheet adopt`.
 */
export type SendingAllowed =
  | { allowed: true }
  /** `reason` is the whole sentence; `found` and `todo` are its two halves. */
  | { allowed: false; reason: string; found: string; todo: string };

type Installation = Pick<Context, 'db' | 'config' | 'secrets'>;

/**
 * Whether anything may leave: to be asked before sending begins, by whoever sends. The database must belong here, and
 * the links must lead somewhere.
 */
export async function sendingAllowed(installation: Installation): Promise<SendingAllowed> {
  const belongs = await belongsHere(installation);
  const dead = deadLinks(installation);
  return belongs.allowed && dead !== null ? off(dead.found, dead.todo) : belongs;
}

/**
 * Why nobody could leave by the links in our mail: PUBLIC_URL is this machine only, and a relay carries mail away from
 * it. null: they lead somewhere, or all mail stays here, in an inbox or with a server of this machine.
 */
export function deadLinks({
  config: { publicUrl },
  secrets: { smtpUrls },
}: Pick<Context, 'config' | 'secrets'>): { found: string; todo: string } | null {
  const goesAway = smtpUrls.some((url) => url !== 'inbox:' && !isLoopback(new URL(url).hostname));
  if (!goesAway || !isLoopback(new URL(publicUrl).hostname)) return null;
  return {
    found: `${publicUrl} is this machine only: readers could not leave`,
    todo: 'set PUBLIC_URL to the address that readers can open',
  };
}

/**
 * Whether the database belongs to this PUBLIC_URL and SECRET_KEY. The first to ask makes it remember; so does every
 * change of address before the first edition has gone out, and a key whose forerunner is still named in
 * SECRET_KEYS_OLD.
 */
export async function belongsHere(installation: Installation): Promise<SendingAllowed> {
  const { db, config, secrets } = installation;
  if (secrets.secretKey === null) {
    return off('SECRET_KEY is not set, so no link can be signed', 'make one with  openssl rand -hex 32');
  }
  const restored = await restoredCopy(db);
  if (restored !== null && !restored.adopted) {
    return off(
      `This database is a copy that was put back (${minuteOf(restored.at)}): what left after the copy was made is not in it`,
      'look at the editions that are paused, then  broadsheet adopt',
    );
  }
  const remembered = await recall(db);
  const { publicUrl, fingerprint } = present({ config, secrets });
  if (remembered.publicUrl === publicUrl && remembered.fingerprint === fingerprint) return { allowed: true };

  if (remembered.publicUrl === null || !(await hasSent(db))) {
    // An address that has yet to be mended is not where it belongs.
    if (deadLinks(installation) === null) await adopt(installation);
    return { allowed: true };
  }
  if (remembered.publicUrl !== publicUrl) {
    return off(
      `This database was last used as ${remembered.publicUrl}, here it is ${publicUrl}`,
      'sending is off until  broadsheet adopt',
    );
  }
  if (secrets.secretKeysOld.some((old) => fingerprintOf(old) === remembered.fingerprint)) {
    await adopt(installation);
    return { allowed: true };
  }
  return off(
    'SECRET_KEY is not the one that signed the links of this database',
    'put the old one into SECRET_KEYS_OLD, or give up its links with  broadsheet adopt',
  );
}

function off(found: string, todo: string): SendingAllowed {
  return { allowed: false, reason: `${found}: ${todo}`, found, todo };
}

/** Makes the database belong to this PUBLIC_URL and SECRET_KEY; one that was put back from a copy sends again. */
export async function adopt({ db, config, secrets }: Installation): Promise<void> {
  const { publicUrl, fingerprint } = present({ config, secrets });
  await remember(db, { [PUBLIC_URL]: publicUrl, [FINGERPRINT]: fingerprint, [RESTORED_UNSEEN]: '' });
}

/** Remembers that this database was put back from a copy: nothing is sent from it until `broadsheet adopt`. */
export async function rememberRestored(tx: Db, at: Temporal.Instant): Promise<void> {
  await remember(tx, { [RESTORED_AT]: String(at.epochMilliseconds), [RESTORED_UNSEEN]: 'yes' });
}

/** When the database was last put back from a copy, and whether somebody has looked at it since; null: never. */
export async function restoredCopy(db: Db): Promise<{ at: Temporal.Instant; adopted: boolean } | null> {
  const value = await settings(db, [RESTORED_AT, RESTORED_UNSEEN]);
  const at = value(RESTORED_AT);
  if (at === null) return null;
  return {
    at: Temporal.Instant.fromEpochMilliseconds(Number(at)),
    adopted: value(RESTORED_UNSEEN) !== 'yes',
  };
}

/** The address the database was last used as; null before anything was sent or adopted. */
export async function rememberedUrl(db: Db): Promise<string | null> {
  return (await recall(db)).publicUrl;
}

const PUBLIC_URL = 'public_url';
const FINGERPRINT = 'secret_fingerprint';
const RESTORED_AT = 'restored_at';
const RESTORED_UNSEEN = 'restored_unseen';

function present({ config, secrets }: Pick<Context, 'config' | 'secrets'>) {
  return { publicUrl: config.publicUrl, fingerprint: fingerprintOf(secrets.secretKey ?? '') };
}

async function recall(db: Db): Promise<{ publicUrl: string | null; fingerprint: string | null }> {
  const value = await settings(db, [PUBLIC_URL, FINGERPRINT]);
  return { publicUrl: value(PUBLIC_URL), fingerprint: value(FINGERPRINT) };
}

async function settings(db: Db, names: string[]): Promise<(name: string) => string | null> {
  const rows = await db.selectFrom('settings').selectAll().where('name', 'in', names).execute();
  return (name) => rows.find((row) => row.name === name)?.value ?? null;
}

async function remember(db: Db, values: Record<string, string>): Promise<void> {
  await db
    .insertInto('settings')
    .values(Object.entries(values).map(([name, value]) => ({ name, value })))
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

/** `2026-11-25 09:00 UTC`: whoever put it back did so a moment ago, wherever they are. */
function minuteOf(at: Temporal.Instant): string {
  return `${at.toString({ smallestUnit: 'minute' }).replace('T', ' ').replace('Z', ' UTC')}`;
}

/** Before the first edition no link is in anybody's hands, so that nothing can be got wrong. */
async function hasSent(db: Db): Promise<boolean> {
  const edition = await db
    .selectFrom('editions')
    .select('id')
    .where('sending_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return edition !== undefined;
}

/** Tells keys apart without telling anything of them. */
function fingerprintOf(key: string): string {
  return createHmac('sha256', key).update('broadsheet installation').digest('hex').slice(0, 32);
}

/** What somebody asks a server to prove itself by: new each time, so that no answer can be kept and given again. */
export const NONCE = /^[0-9a-f]{32}$/;

/**
 * What only a server with this SECRET_KEY can answer to a nonce. It is not the key of anything: no link can be made of
 * it, and it tells nothing of the SECRET_KEY.
 */
export function proofOf(secretKey: string, nonce: string): string {
  const key = createHmac('sha256', secretKey).update('broadsheet proof of server').digest();
  return createHmac('sha256', key).update(nonce).digest('hex');
}

/** Whether `proof`, a stranger's word, answers the nonce. Takes the same time whatever it is. */
export function isProof(proof: unknown, secretKey: string, nonce: string): boolean {
  const wanted = Buffer.from(proofOf(secretKey, nonce));
  const given = Buffer.from(typeof proof === 'string' ? proof : '');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
