import type { RevisionChange } from '../editions/revisions.ts';
import { styled, type Terminal } from '../terminal/terminal.ts';

/** The differences of two revisions, a line or three each. */
export function changeLines(terminal: Terminal, changes: readonly RevisionChange[]): string[] {
  return changes.flatMap((change) => linesOf(terminal, change));
}

function linesOf(terminal: Terminal, change: RevisionChange): string[] {
  const minus = (text: unknown) => styled(terminal, 'red', `   - ${text}`);
  const plus = (text: unknown) => styled(terminal, 'green', `   + ${text}`);
  const line = (text: string) => `     ${'code' in change ? `${change.code}  ` : ''}${text}`;
  switch (change.kind) {
    case 'text':
      return [line(change.field), minus(change.before ?? '(automatic)'), plus(change.after ?? '(automatic)')];
    case 'removed':
      return [minus(`${change.code}  ${change.headline}`)];
    case 'added':
      return [plus(`${change.code}  ${change.headline}  (now ${change.position})`)];
    case 'moved':
      return [line(`moved from ${change.from} to ${change.to}`)];
    case 'changed':
      if (change.field === 'pinned') return [line(change.after ? 'pinned' : 'no longer pinned')];
      if (change.field === 'place' || change.field === 'section') {
        return [line(`${change.field}: ${change.before ?? 'none'} → ${change.after ?? 'none'}`)];
      }
      return [line(change.field), minus(change.before || '(empty)'), plus(change.after || '(empty)')];
  }
}
