import { deliveryReport } from '../delivery/report.ts';
import { type StoryReaders, storyReaders } from '../delivery/story-readers.ts';
import { dropWithdrawn } from '../editions/drop-withdrawn.ts';
import { withdrawStory } from '../stories/withdraw.ts';
import { formatCount, markLine, plural } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { jsonOf } from './json.ts';
import type { DefineCommand } from './shell.ts';

interface Options {
  reason?: string;
  by?: string;
  json?: boolean;
}

/** `broadsheet stories withdraw CODE`: a story that must not go out any more. */
export const defineStoriesWithdraw: DefineCommand = (stories, shell) => {
  withBy(stories.command('withdraw'))
    .argument('<code>', 'k7q2')
    .summary('take a story back: it leaves every copy that has not left')
    .option('--reason <text>', 'why')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nNo edition takes it in any more. Drafts lose it at once, and so does what is still to leave of an edition that is going out; who has it already is counted.\n\nExamples:\n  broadsheet stories withdraw k7q2 --reason "the ministry denies it"\n  broadsheet stories withdraw k7q2 --by Mai --json',
    )
    .action(async (code: string, options: Options, command) => {
      await using context = await shell.open(command);
      const { db, now } = context;
      const by = byWhom(options, shell);
      const story = await withdrawStory(db, code, options.reason ?? null, by, now());
      const dropped = await dropWithdrawn(db, now());
      const editions = await Promise.all(
        dropped.map(async ({ editionId, edition, revision }) => {
          const { state } = await db
            .selectFrom('editions')
            .select('state')
            .where('id', '=', editionId)
            .executeTakeFirstOrThrow();
          const { sent, open } = await deliveryReport(db, editionId);
          return { edition, revision, state, have: sent.total + open.onTheWire, open: open.total };
        }),
      );
      const others = await storyReaders(
        db,
        code,
        dropped.map(({ editionId }) => editionId),
      );
      if (options.json) {
        const { headline, at: withdrawnAt } = story;
        const had = { people: others.people, editions: others.editions.map(({ id: _, ...each }) => each) };
        shell.terminal.out(jsonOf({ code, headline, withdrawnAt, editions, others: had }));
        return;
      }
      const lines = editions.map(({ edition, revision, state, have, open }) => {
        if (have + open === 0) return `${edition}: out of it (revision ${revision})`;
        const paused = state === 'paused' ? ', which is paused' : '';
        return `${edition}${paused}: ${formatCount(open)} get it without (revision ${revision}); ${plural(have, 'person has', 'people have')} it already`;
      });
      shell.terminal.out(
        markLine(shell.terminal, 'done', 'withdrawn', [
          `${code}  ${story.headline}`,
          ...(story.again ? ['it had been withdrawn before'] : []),
          ...(lines.length > 0 ? lines : ['no edition that is still to leave carries it']),
          ...(others.people > 0 ? [othersWords(others)] : []),
        ]),
      );
    });
};

/** `2,574 people have it: morning/2026-11-24 600, evening/2026-11-23 1,974`; of many editions the newest. */
function othersWords({ people, editions }: StoryReaders): string {
  const shown = editions.slice(0, 5).map(({ name, people }) => `${name} ${formatCount(people)}`);
  const more = editions.length > 5 ? [`${plural(editions.length - 5, 'other edition')}`] : [];
  return `${plural(people, 'person has', 'people have')} it: ${[...shown, ...more].join(', ')}`;
}
