import type { ImportReport } from '../stories/import.ts';
import { plural } from '../terminal/terminal.ts';

/** `46 stories: 43 new, 2 the same, 1 refused`: what became of them, without what there was none of. */
export function storyCounts(report: ImportReport): string {
  const { all, parts } = countsOf([report]);
  return parts.length === 0 ? 'no stories' : `${plural(all, 'story', 'stories')}: ${parts.join(', ')}`;
}

/** The number of stories of all reports, and what became of them in words. */
export function countsOf(reports: readonly ImportReport[]): { all: number; parts: string[] } {
  const sum = (count: (report: ImportReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  const counts: [number, string][] = [
    [sum((report) => report.new), 'new'],
    [sum((report) => report.changed), 'changed'],
    [sum((report) => report.unchanged), 'the same'],
    [sum((report) => report.refused.length), 'refused'],
  ];
  return {
    all: counts.reduce((total, [count]) => total + count, 0),
    parts: counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
  };
}
