import { checkAddresses } from '../checks/addresses.ts';
import { checkAlerts } from '../checks/alerts.ts';
import { checkBounces } from '../checks/bounces.ts';
import type { Check } from '../checks/check.ts';
import { checkClock } from '../checks/clock.ts';
import { checkLeaving } from '../checks/leaving.ts';
import { checkMachine } from '../checks/machine.ts';
import { checkNewsletters } from '../checks/newsletters.ts';
import { checkRelays } from '../checks/relay.ts';
import { checkReplyRules } from '../checks/reply-rules.ts';
import { verdictOn } from '../checks/verdict.ts';
import type { Context } from '../context.ts';
import type { Dns } from '../dns.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine, type Terminal } from '../terminal/terminal.ts';
import { relayUrl } from './open-relay.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet check`: everything an edition needs, each with a tick or what to do. */
export const defineCheck: DefineCommand = (program, shell) => {
  program
    .command('check')
    .summary('everything an edition needs, each with a tick or what to do')
    .option('--offline', 'do not connect to the relay, the pages or the DNS')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExits with 1 while a ✗ stands.\n\nExamples:\n  broadsheet check\n  broadsheet check --offline --json | jq \'.[] | select(.mark == "failed")\'',
    )
    .action(async (options: { offline?: boolean; json?: boolean }, command) => {
      await using context = await shell.open(command, { migrate: false });
      const checks = await runChecks(context, { dns: options.offline ? null : shell.dns });
      if (options.json) shell.terminal.out(JSON.stringify(checks, null, 2));
      else printChecks(shell.terminal, checks);
      const verdict = verdictOn(checks);
      if (verdict.fails) throw new RefusedError(verdict.text);
      if (!options.json) shell.terminal.out(`\n ${verdict.text}`);
    });
};

/**
 * All checks, in the order in which a person would mend them.
 * @param dns null: nothing outside is asked, neither the relays nor the pages.
 */
export async function runChecks(context: Context, { dns }: { dns: Dns | null }): Promise<Check[]> {
  const { checks, ready } = await checkMachine(context);
  const online = dns !== null;
  const urls = context.secrets.smtpUrls.map((url) => relayUrl(url, context.config));
  const relays = checkRelays(context, { urls, dns });
  if (!ready) return [...checks, ...(await relays).checks];
  const addresses = checkAddresses(context, { online });
  const parts = await Promise.all([
    addresses,
    online ? addresses.then((found) => checkLeaving(context, found)) : [],
    relays.then((relay) => relay.checks),
    checkReplyRules(context),
    checkBounces(context, dns),
    checkNewsletters(context, dns),
    online ? relays.then(({ clocks }) => checkClock(context, clocks)) : [],
    checkAlerts(context),
  ]);
  return [...checks, ...parts.flat()];
}

export function printChecks(terminal: Terminal, checks: Check[]): void {
  for (const { mark, thing, found, todo } of checks) {
    terminal.out(markLine(terminal, mark, thing, [found, ...(todo === undefined ? [] : [`→ ${todo}`])]));
  }
}
