import { gatherFacts } from '../alerts/facts.ts';
import { findProblems } from '../alerts/problems.ts';
import type { Context } from '../context.ts';
import { maskUrl } from '../log.ts';
import { plural } from '../terminal/terminal.ts';
import { type Check, done, failed, look } from './check.ts';

/** Who hears of trouble, and what is wrong now. */
export async function checkAlerts(context: Context): Promise<Check[]> {
  const { alertTo, heartbeatUrl } = context.config;
  const heartbeat = heartbeatUrl === null ? '' : `, heartbeat to ${maskUrl(heartbeatUrl)}`;
  const told =
    alertTo === null
      ? look(
          'alerts',
          `nobody is told when something goes wrong${heartbeat}`,
          'set ALERT_TO to an address that somebody reads',
        )
      : done('alerts', `to ${alertTo}${heartbeat}`);
  const facts = await gatherFacts(context);
  // The relay, the installation and the keys have lines of their own.
  const problems = findProblems(facts).filter(
    ({ name }) => !/^(relay|installation|signing|source:)/.test(name),
  );
  if (facts.senders > 0)
    return [told, done('sending', `${plural(facts.senders, 'sender')} at work`), ...problems.map(line)];
  return [told, ...problems.map(line)];
}

function line({ subject, text }: { subject: string; text: string }): Check {
  return failed('problem', subject, text);
}
