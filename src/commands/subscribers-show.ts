import { deliveriesTo } from '../delivery/deliveries-to.ts';
import { consentsOf } from '../subscribers/find.ts';
import { subscriptionsOf } from '../subscribers/subscriptions.ts';
import { findSuppression } from '../subscribers/suppression.ts';
import { columns, markLine, styled } from '../terminal/terminal.ts';
import { deliveryWords, triesWords } from './delivery-words.ts';
import { clockOf } from './edition-clock.ts';
import { jsonOf } from './json.ts';
import { namedSubscriber } from './named-subscriber.ts';
import { day, minute, STANDINGS, whyNoMail } from './reader-words.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet subscribers show ADDRESS`. */
export const defineShow: DefineCommand = (subscribers, shell) => {
  const { terminal } = shell;
  subscribers
    .command('show')
    .argument('<address>')
    .summary('everything that is kept about one person')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet subscribers show reader@example.org\n  broadsheet subscribers show reader@example.org --json | jq .consents',
    )
    .action(async (address: string, options: { json?: boolean }, command) => {
      await using context = await shell.open(command);
      const { db } = context;
      const now = shell.now();
      const person = await namedSubscriber(db, address);
      const subscriptions = await subscriptionsOf(db, person.id, now);
      const suppression = await findSuppression(db, person.email);
      const consents = await consentsOf(db, person.id);
      const deliveries = await deliveriesTo(db, person.id, SHOWN);
      if (options.json) {
        const { email, name, language, time_zone, lane, created_at } = person;
        terminal.out(
          jsonOf({
            ...{ email, name, language, timeZone: time_zone, lane, createdAt: created_at },
            suppressed: suppression ? { reason: suppression.reason, at: suppression.at } : null,
            subscriptions: subscriptions.map(({ id: _, newsletterId: __, ...rest }) => rest),
            consents,
            editions: deliveries.map(({ timeZone: _, variant, ...rest }) => ({
              ...rest,
              sections: variant === null ? null : (JSON.parse(variant) as string[]),
            })),
          }),
        );
        return;
      }
      const about = [person.name, person.language, person.time_zone, `since ${day(person.created_at)}`];
      terminal.out(`${styled(terminal, 'bold', person.email)}  ${about.filter(Boolean).join(', ')}`);
      if (suppression) {
        terminal.out(markLine(terminal, 'look', 'no mail', whyNoMail(suppression)));
      }
      const rows = subscriptions.map((each) => [
        each.slug,
        each.state === 'paused' && each.pausedUntil
          ? `paused until ${day(each.pausedUntil)}`
          : STANDINGS[each.state],
        each.rhythm,
        each.hour ?? 'when it goes out',
        each.sections?.join(', ') ?? 'all sections',
      ]);
      for (const line of columns(rows)) terminal.out(` ${line}`);
      terminal.out('');
      const acts = consents.map((consent) => [
        minute(consent.at),
        consent.what,
        consent.newsletter ?? 'everything',
        consent.source,
        consent.ip ?? '',
        consent.wording ?? '',
      ]);
      for (const line of columns(acts)) terminal.out(` ${line}`);
      if (deliveries.length === 0) return;
      terminal.out('');
      const copies = deliveries.map((each) => [
        each.edition,
        deliveryWords(each, clockOf({ time_zone: each.timeZone }, each.slotAt)),
        triesWords(each),
        each.reply ?? '',
      ]);
      for (const line of columns(copies)) terminal.out(` ${line}`);
      if (deliveries.length === SHOWN) terminal.out(`\n The newest ${SHOWN} editions.`);
    });
};

/** How many editions are shown. */
const SHOWN = 30;
