import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { maskAddress } from '../log.ts';
import { queueNotice } from '../notices/notice.ts';

/** Port 25 is found by everybody: so many in an hour reach a person, the others the log. */
const MOST_AN_HOUR = 10;
const LONGEST_TEXT = 4000;
/** The name under which such notices are counted. */
const PROBLEM = 'mail for the postmaster';

/**
 * Passes a mail that a person should read on to ALERT_TO, as a notice of ours: its text only, no attachment, nothing
 * that could run. Nobody is answered.
 */
export async function tellOperator(
  { db, config, now, log }: Context,
  { to, from, subject, text }: { to: string; from: string; subject: string; text: string },
): Promise<void> {
  const { alertTo } = config;
  if (alertTo === null || (await passedOnLately(db, alertTo, now())) >= MOST_AN_HOUR) {
    log.warn(
      { to, from: maskAddress(from), subject: subject.slice(0, 200) },
      'Mail for the postmaster was not passed on',
    );
    return;
  }
  const short = text.trim().slice(0, LONGEST_TEXT);
  await queueNotice(
    db,
    'alert',
    alertTo,
    {
      problem: PROBLEM,
      subject: `Mail to ${to}: ${subject.slice(0, 150) || '(no subject)'}`,
      text: `From ${from || 'nobody'}. To answer, write to them yourself.\n\n${short || '(no text)'}`,
      over: false,
    },
    now(),
  );
}

async function passedOnLately(db: Db, alertTo: string, now: Temporal.Instant): Promise<number> {
  const { count } = await db
    .selectFrom('notices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('to_address', '=', alertTo)
    .where('created_at', '>', now.epochMilliseconds - 3_600_000)
    .where('data', 'like', `%${JSON.stringify(PROBLEM)}%`)
    .executeTakeFirstOrThrow();
  return count;
}
