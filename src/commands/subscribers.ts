import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import { SUBSCRIPTION_STATES } from '../database/tables/subscribers.ts';
import { namedNewsletter } from '../newsletters/newsletter.ts';
import { addReader } from '../subscribers/add.ts';
import { eraseSubscriber } from '../subscribers/erase.ts';
import { exportSubscribers } from '../subscribers/export.ts';
import { countReaders, listReaders, type ReaderLine } from '../subscribers/find.ts';
import { leaveNewsletter } from '../subscribers/leave.ts';
import { columns, markLine, plural } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { chosenNewsletter } from './chosen-newsletter.ts';
import { isSure } from './is-sure.ts';
import { jsonOf } from './json.ts';
import { namedSubscriber } from './named-subscriber.ts';
import { day, STANDINGS } from './reader-words.ts';
import type { DefineCommand } from './shell.ts';
import { defineImport } from './subscribers-import.ts';
import { defineShow } from './subscribers-show.ts';
import { wholeNumber } from './whole-number.ts';

/** `broadsheet subscribers import|add|list|show|export|remove`. */
export const defineSubscribers: DefineCommand = (program, shell) => {
  const { terminal } = shell;
  const subscribers = program
    .command('subscribers')
    .summary('bring readers in, find, export and remove them')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet subscribers import readers.csv --dry-run\n  broadsheet subscribers add reader@example.org\n  broadsheet subscribers list --state paused\n  broadsheet subscribers show reader@example.org',
    );
  defineImport(subscribers, shell);

  subscribers
    .command('add')
    .argument('<address>')
    .summary('add one reader on your word that they asked for it; no mail is sent')
    .option('--newsletter <slug>', 'which one (default: the only one)')
    .option('--name <name>', 'what to call them')
    .option('--again', 'they left, bounced or complained, and asked to come back')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExample:\n  broadsheet subscribers add reader@example.org --newsletter morning --name "Ada Byron"',
    )
    .action(
      async (
        address: string,
        options: { newsletter?: string; name?: string; again?: boolean; json?: boolean },
        command,
      ) => {
        await using context = await shell.open(command);
        const newsletter = await chosenNewsletter(context.db, options.newsletter);
        const { subscriber, changed } = await addReader(
          context.db,
          newsletter,
          { address, name: options.name, again: options.again },
          shell.now(),
        );
        if (options.json) terminal.out(JSON.stringify({ email: subscriber.email, changed }));
        else {
          const said = changed
            ? `now gets ${newsletter.name}`
            : `already gets ${newsletter.name}: nothing to change`;
          terminal.out(markLine(terminal, 'done', 'reader', `${subscriber.email} ${said}`));
        }
      },
    );

  subscribers
    .command('list')
    .summary('how many readers there are, and the newest of them')
    .option('--newsletter <slug>', 'only its readers')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices([
        ...SUBSCRIPTION_STATES,
        'suppressed',
      ]),
    )
    .option('--matching <text>', 'only those with this in their address or name')
    .option('--limit <n>', 'so many lines', wholeNumber, 20)
    .option('--json', 'for scripts')
    .addHelpText('after', '\nExample:\n  broadsheet subscribers list --newsletter morning --state paused')
    .action(
      async (
        options: {
          newsletter?: string;
          state?: ReaderLine['state'];
          matching?: string;
          limit: number;
          json?: boolean;
        },
        command,
      ) => {
        await using context = await shell.open(command);
        const { db } = context;
        const now = shell.now();
        const newsletterId = options.newsletter && (await namedNewsletter(db, options.newsletter)).id;
        const filter = {
          newsletterId: newsletterId || undefined,
          state: options.state,
          matching: options.matching,
        };
        const counts = await countReaders(db, filter, now);
        const readers = await listReaders(db, filter, options.limit, now);
        if (options.json) {
          terminal.out(jsonOf({ counts, readers }));
          return;
        }
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        terminal.out(total === 0 ? ' Nobody.' : ` ${countsInWords(counts)}`);
        if (readers.length === 0) return;
        terminal.out('');
        for (const line of columns(readers.map(readerCells))) terminal.out(` ${line}`);
        if (total > readers.length) {
          terminal.out(
            `\n The newest ${readers.length} of ${plural(total, 'subscription')}.   --limit N, or all: broadsheet subscribers export`,
          );
        }
      },
    );

  defineShow(subscribers, shell);

  subscribers
    .command('export')
    .summary('everybody as CSV, to standard output')
    .option('--newsletter <slug>', 'only its readers')
    .addHelpText('after', '\nExample:\n  broadsheet subscribers export --newsletter morning > readers.csv')
    .action(async (options: { newsletter?: string }, command) => {
      await using context = await shell.open(command);
      const newsletter = options.newsletter && (await namedNewsletter(context.db, options.newsletter));
      const csv = exportSubscribers(context.db, newsletter ? newsletter.id : undefined, shell.now());
      await pipeline(csv, async (chunks: AsyncIterable<Buffer>) => {
        let rest = '';
        for await (const chunk of chunks) {
          const text = rest + String(chunk);
          const end = text.lastIndexOf('\n');
          if (end >= 0) terminal.out(text.slice(0, end));
          rest = text.slice(end + 1);
        }
      });
    });

  withBy(subscribers.command('remove'))
    .argument('<address>')
    .summary('delete a person with all that is known of them, or take them off one newsletter')
    .option('--newsletter <slug>', 'only take them off this one; nothing is deleted')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nOf a deleted person only a keyed hash of the address stays, so that no import brings them back.\n\nExamples:\n  broadsheet subscribers remove reader@example.org\n  broadsheet subscribers remove reader@example.org --newsletter morning',
    )
    .action(
      async (address: string, options: { newsletter?: string; yes?: boolean; by?: string }, command) => {
        await using context = await shell.open(command);
        const { db } = context;
        const newsletter = options.newsletter && (await namedNewsletter(db, options.newsletter));
        const { email, token } = await namedSubscriber(db, address);
        const question = newsletter
          ? `Take ${email} off ${newsletter.name}?`
          : `Delete ${email} with all that is known of them? It cannot be undone.`;
        if (!options.yes && !(await isSure(shell, question))) {
          terminal.out(markLine(terminal, 'look', 'nothing', 'is changed'));
          return;
        }
        const now = shell.now();
        if (newsletter) {
          await leaveNewsletter(db, token, newsletter.id, { source: 'command' }, now);
          terminal.out(markLine(terminal, 'done', 'removed', `${email} no longer gets ${newsletter.name}`));
        } else {
          await eraseSubscriber(db, email, byWhom(options, shell), now);
          terminal.out(markLine(terminal, 'done', 'removed', `${email}; no import brings them back`));
        }
      },
    );
};

function countsInWords(counts: Partial<Record<ReaderLine['state'], number>>): string {
  const parts = (Object.keys(STANDINGS) as ReaderLine['state'][]).flatMap((state) => {
    const count = counts[state];
    if (count === undefined) return [];
    return [
      state === 'active' ? plural(count, 'reader') : `${count.toLocaleString('en')} ${STANDINGS[state]}`,
    ];
  });
  return parts.join(', ');
}

function readerCells(reader: ReaderLine): string[] {
  return [
    reader.email,
    reader.name ?? '',
    reader.newsletter,
    reader.pausedUntil ? `paused until ${day(reader.pausedUntil)}` : STANDINGS[reader.state],
    reader.rhythm,
    reader.sections?.join(', ') ?? 'all sections',
    `since ${day(reader.since)}`,
  ];
}
