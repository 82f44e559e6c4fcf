import type { ImportReport } from '../stories/import.ts';
import { plural } from '../terminal/terminal.ts';

/** `46 stories: 43 new, 2 the same, 1 refused`: what became of them, without what there was none of. */
export function storyCounts(report: ImportReport): string {
  const { all, parts } = countsOf(report);
  return parts.length === 0 ? 'no stories' : `${plural(all, 'story', 'stories')}: ${parts.join(', ')}`;
}

/** The number of stories, and what became of them in words. */
export function countsOf(report: ImportReport): { all: number; parts: string[] } {
  const counts: [number, string][] = [
    [report.new, 'new'],
    [report.changed, 'changed'],
    [report.unchanged, 'the same'],
    [report.refused.length, 'refused'],
  ];
  return {
    all: counts.reduce((sum, [count]) => sum + count, 0),
    parts: counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
  };
}
