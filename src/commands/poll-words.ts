import { maskUrl } from '../log.ts';
import type { AddedSource } from '../stories/add-source.ts';
import type { PollReport } from '../stories/poll.ts';
import { formatAge } from '../terminal/age.ts';
import { type Mark, markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { storyCounts } from './story-counts.ts';

/** Refused items that are shown one by one. */
const SHOWN = 5;

/** A new source as a line of a check list: its kind, its feed, and what became of its stories. */
export function addedWords(terminal: Terminal, { source, foundOn, poll }: AddedSource): string {
  return markLine(terminal, markOf(poll), 'source', [
    `${styled(terminal, 'bold', source.name)} (${source.kind})`,
    ...(foundOn === null ? [] : [`its feed: ${maskUrl(source.url)}`]),
    ...pollLines(poll),
  ]);
}

/** What reading a source brought, as a line of a check list. */
export function pollWords(terminal: Terminal, report: PollReport, now: Temporal.Instant): string {
  return markLine(terminal, markOf(report), 'source', [
    styled(terminal, 'bold', report.source.name),
    ...pollLines(report),
    ...(report.error === null ? [] : [nextTry(report.nextPollAt, now)]),
  ]);
}

/** When a source that failed is asked again. @param at ms UTC; null: never. */
export function nextTry(at: number | null, now: Temporal.Instant): string {
  return at === null ? 'It is no longer asked.' : `Next try in ${formatAge(at - now.epochMilliseconds)}.`;
}

/** A source that answers, and of which nothing can be taken, is to be looked at. */
function markOf({ error, stories }: PollReport): Mark {
  if (error !== null) return 'failed';
  const useless =
    stories !== null && stories.refused.length > 0 && stories.new + stories.changed + stories.unchanged === 0;
  return useless ? 'look' : 'done';
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
