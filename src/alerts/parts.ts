import type { Facts } from './facts.ts';
import type { Problem } from './problems.ts';

/** The shortest interval of the clock is five seconds: three of them, for a slow moment. */
const SILENCE = 15_000;
/** A job that is under way keeps its own next run from beginning; the others begin each minute. */
const AT_WORK = 2 * 60_000;

/** ms UTC at which the clock last ran a job, on whatever machine; null: never. */
export function lastTick({ jobs }: Pick<Facts, 'jobs'>): number | null {
  return jobs.length === 0 ? null : Math.max(...jobs.map(({ latest }) => latest.startedAt));
}

/** Whether the clock runs, on whatever machine. */
export function clockRuns({
  jobs,
  now,
  clockEndedAt,
}: Pick<Facts, 'jobs' | 'now' | 'clockEndedAt'>): boolean {
  return jobs
    .filter(({ latest }) => clockEndedAt === null || latest.startedAt > clockEndedAt)
    .some(
      ({ latest: { startedAt, finishedAt } }) => startedAt > now - (finishedAt === null ? AT_WORK : SILENCE),
    );
}

/**
 * The parts of Broadsheet without which no edition goes out and that run on no machine. They are no alarm, since who
 * stops a part means to: they are for a person who asks. Pure.
 */
export function stoppedParts(
  facts: Pick<Facts, 'jobs' | 'now' | 'clockEndedAt' | 'publishing' | 'relay' | 'senders'>,
): Problem[] {
  const { publishing, relay, senders } = facts;
  if (!publishing) return [];
  const clock = clockRuns(facts);
  if (!clock && senders === 0) {
    return [
      {
        name: 'stopped',
        subject: 'Broadsheet is not running: no edition is made or goes out',
        text: '→ broadsheet start',
      },
    ];
  }
  return [
    ...(clock ? [] : [CLOCK]),
    // Without a relay a sender has nothing to do, and that is said already.
    ...(senders > 0 || !relay ? [] : [SENDER]),
  ];
}

const CLOCK: Problem = {
  name: 'stopped:clock',
  subject: 'The clock does not run: no source is read, no edition is made or goes out',
  text: '→ broadsheet start --only scheduler   (or without --only: pages, clock and sender in one)',
};

const SENDER: Problem = {
  name: 'stopped:sender',
  subject: 'No sender is running: editions and confirmations wait, nothing is lost',
  text: '→ broadsheet start --only sender   (or without --only: pages, clock and sender in one)',
};
