import type { Check } from '../checks/check.ts';
import { columns } from '../terminal/terminal.ts';

/**
 * What to do when `init` is over, as lines: what must be mended comes first. Pure.
 * @param inbox whether the relay is the built-in inbox.
 */
export function nextSteps(
  checks: Check[],
  { slug, you, inbox }: { slug: string; you: string; inbox: boolean },
): string[] {
  const empty = checks.some(({ thing, mark }) => thing === 'sources' && mark === 'look');
  const commands = block([
    ...(empty ? [['npx broadsheet source add URL --section World', 'where the stories come from']] : []),
    ['npx broadsheet start', `pages, clock and sender${inbox ? ', and the inbox' : ''}`],
    [`npx broadsheet preview ${slug}`, 'what the next edition would be'],
    [`npx broadsheet test ${slug} --to ${you}`, 'the same, as mail'],
    ['npx broadsheet subscribers import FILE.csv', 'your readers'],
  ]);
  const broken = checks.filter(({ mark }) => mark === 'failed');
  if (broken.length === 0) return [' Next', ...commands];
  return [
    ' Next, mend (settings stand in .env)',
    ...block(broken.map(({ thing, todo = '' }) => [thing, todo])),
    '   and see whether all is well:  npx broadsheet check',
    '',
    ' Then',
    ...commands,
  ];
}

function block(rows: string[][]): string[] {
  return columns(rows).map((line) => `   ${line}`);
}
