import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { type NoticeData, queueNotice } from '../notices/notice.ts';
import type { Problem } from './problems.ts';

/**
 * Keeps the list of what is wrong, and tells ALERT_TO once of what is new and once when it is over; several at a
 * time in one mail.
 * @param reachable whether mail can leave at all: if not, what is wrong is told as soon as it can.
 */
export async function tellProblems(
  { db, config, now, log }: Pick<Context, 'db' | 'config' | 'now' | 'log'>,
  found: Problem[],
  { reachable }: { reachable: boolean },
): Promise<void> {
  const at = now().epochMilliseconds;
  await db.transaction().execute(async (tx) => {
    const open = await openProblems(tx);
    for (const problem of found) {
      if (open.some(({ name }) => name === problem.name)) continue;
      log.warn({ problem: problem.name }, `${asSentence(problem.subject)} ${problem.text}`);
      await begin(tx, problem, at);
    }
    const gone = open.filter(({ name }) => !found.some((problem) => problem.name === name));
    const heard: Problem[] = [];
    for (const problem of gone) {
      log.info({ problem: problem.name }, `Over: ${problem.subject}`);
      if (await end(tx, problem.name, at)) heard.push(problem);
    }
    if (!reachable || config.alertTo === null) return;
    const untold: Problem[] = [];
    for (const problem of found) if (await claimTelling(tx, problem.name, at)) untold.push(problem);
    if (untold.length > 0) await queueNotice(tx, 'alert', config.alertTo, alert(untold, false), now());
    if (heard.length > 0) await queueNotice(tx, 'alert', config.alertTo, alert(heard, true), now());
  });
}

/** What is wrong, as the last look found it, oldest first; `since` in ms UTC. */
export async function openProblems(db: Db): Promise<(Problem & { since: number })[]> {
  return db
    .selectFrom('problems')
    .select(['name', 'subject', 'text', 'since'])
    .where('over_at', 'is', null)
    .orderBy('since')
    .orderBy('name')
    .execute();
}

/** New, or wrong again. */
async function begin(tx: Db, problem: Problem, at: number): Promise<void> {
  const state = { subject: problem.subject, text: problem.text, since: at, told_at: null, over_at: null };
  await tx
    .insertInto('problems')
    .values({ name: problem.name, ...state })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(state).where('problems.over_at', 'is not', null),
    )
    .execute();
}

/** @returns whether ALERT_TO had been told of it, and so wants to hear of its end. */
async function end(tx: Db, name: string, at: number): Promise<boolean> {
  const row = await tx
    .updateTable('problems')
    .set({ over_at: at })
    .where('name', '=', name)
    .where('over_at', 'is', null)
    .returning('told_at')
    .executeTakeFirst();
  return row !== undefined && row.told_at !== null;
}

/** One conditional update, so that two who look at the same time tell once. */
async function claimTelling(tx: Db, name: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('problems')
    .set({ told_at: at })
    .where('name', '=', name)
    .where('told_at', 'is', null)
    .where('over_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function alert(problems: Problem[], over: boolean): NoticeData['alert'] {
  const [first] = problems;
  const others = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  return {
    problem: problems.map(({ name }) => name).join(' '),
    subject: `${first?.subject ?? ''}${others}`,
    text: problems.map(({ subject, text }) => (over ? subject : `${subject}\n${text}`)).join('\n\n'),
    over,
  };
}
