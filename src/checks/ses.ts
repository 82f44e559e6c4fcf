import type { Db } from '../database/connect.ts';
import { type Check, failed } from './check.ts';

/** What Amazon SES says of an account that may not send yet, or no more today. It says so only when a message comes. */
const REFUSALS = [
  {
    said: /not verified/i,
    found:
      'SES refused a message lately: it is in its sandbox (200 a day, verified addresses only), or the sender is not verified',
    todo: 'verify the sender’s domain in the SES console, and ask there for production access',
  },
  {
    said: /quota exceeded/i,
    found: 'SES said lately that the day’s quota is used up',
    todo: 'ask for more in the SES console, and set SMTP_DAILY to what it grants',
  },
  {
    said: /sending (is )?paused|account .{0,40}suspended/i,
    found: 'SES said lately that it has paused this account',
    todo: 'see why in the SES console (bounces, complaints)',
  },
];

/** What SES last refused, where nothing has been taken since; null: nothing is known, or it is another relay. */
export async function sesRefusal(
  db: Db,
  thing: string,
  found: string,
  smtpUrl: string,
): Promise<Check | null> {
  if (!new URL(smtpUrl).hostname.endsWith('.amazonaws.com')) return null;
  for (const said of await lately(db)) {
    const refusal = REFUSALS.find((each) => each.said.test(said));
    if (refusal !== undefined) return failed(thing, `${found}, but ${refusal.found}`, refusal.todo);
  }
  return null;
}

/** The last word to a single mail, and why an edition is paused: both are kept where few rows are. */
async function lately(db: Db): Promise<string[]> {
  const notice = await db
    .selectFrom('notices')
    .select('response')
    .where('response', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const paused = await db
    .selectFrom('editions')
    .select('state_note')
    .where('state', '=', 'paused')
    .where('state_note', 'is not', null)
    .orderBy('id', 'desc')
    .limit(5)
    .execute();
  return [notice?.response, ...paused.map(({ state_note }) => state_note)].filter((text) => text != null);
}
