import { maskUrl } from '../log.ts';
import type { AddedSource } from '../stories/add-source.ts';
import type { PollReport } from '../stories/poll.ts';
import { markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { storyCounts } from './story-counts.ts';

/** Refused items that are shown one by one. */
const SHOWN = 5;

/** A new source as a line of a check list: its kind, its feed, and what became of its stories. */
export function addedWords(terminal: Terminal, { source, foundOn, poll }: AddedSource): string {
  return markLine(terminal, 'done', 'source', [
    `${styled(terminal, 'bold', source.name)} (${source.kind})`,
    ...(foundOn === null ? [] : [`its feed: ${maskUrl(source.url)}`]),
    ...pollLines(poll),
  ]);
}

/** What reading a source brought, as a line of a check list. */
export function pollWords(terminal: Terminal, report: PollReport): string {
  const mark = report.error === null ? 'done' : 'failed';
  return markLine(terminal, mark, 'source', [
    styled(terminal, 'bold', report.source.name),
    ...pollLines(report),
  ]);
}

function pollLines({ stories, older, error }: PollReport): string[] {
  if (error !== null) return [error];
  if (stories === null) return ['nothing has changed since the last time'];
  const left =
    older === 0
      ? []
      : [
          `${plural(older, 'story', 'stories')} left out: published more than a day before the source was added`,
        ];
  const refused = stories.refused.slice(0, SHOWN).map(({ place, reason }) => `refused: ${place}: ${reason}`);
  const more =
    stories.refused.length > SHOWN
      ? [`… and ${stories.refused.length - SHOWN} more; source poll --json lists them all`]
      : [];
  return [storyCounts(stories), ...left, ...refused, ...more];
}
