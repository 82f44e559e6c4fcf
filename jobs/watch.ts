import { gatherFacts } from '../src/alerts/facts.ts';
import { beat } from '../src/alerts/heartbeat.ts';
import { findProblems } from '../src/alerts/problems.ts';
import { tellProblems } from '../src/alerts/tell.ts';
import type { Context } from '../src/context.ts';

// Each minute: an edition that does not go out must be known before its readers notice.
export const schedule = '* * * * *';

/** Looks for what is wrong, tells ALERT_TO once, and fetches HEARTBEAT_URL after what went well. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const facts = await gatherFacts(context);
  const silent = await beat(context, signal);
  const problems = [...findProblems(facts), ...(silent ? [silent] : [])];
  await tellProblems(context, problems, { reachable: facts.relay && facts.sendingOff === null });
}
