import type { NewsletterSettings } from '../newsletters/settings.ts';
import type { Reason } from './candidate.ts';
import type { Why, WhyStory } from './why.ts';

/** Why one story is not in an edition, and what would have let it in. Times in the newsletter's zone. */
export function reasonWords(
  story: WhyStory,
  newsletter: Pick<NewsletterSettings, 'time_zone' | 'limits' | 'sections'>,
): string {
  const { parts, section } = story;
  const when = (at: number) => shortMoment(at, newsletter.time_zone);
  switch (story.reason) {
    case 'below': {
      const ahead = parts?.ahead ?? 0;
      const next = ahead === 0 ? 'next in line' : `${ahead} stand before it`;
      const place = newsletter.limits.more > 0 ? 'the last of More news' : 'the last story';
      return `below ${place} (${(parts?.last ?? 0).toFixed(2)}); ${next}`;
    }
    case 'same_event':
      return `same event as ${parts?.standsFor}; named there as “also reported by”`;
    case 'source_full':
      return `${newsletter.limits.per_source} of ${parts?.source} are in already (limits.per_source)`;
    case 'no_link':
      return 'has no link, so it cannot stand under More news';
    case 'carried': {
      const carried = parts?.carriedAs;
      return carried
        ? `carried on ${shortDay(carried.slotAt, newsletter.time_zone)} as ${carried.code}; nothing new since`
        : 'carried before; nothing new since';
    }
    case 'later':
      return `published ${when(story.publishedAt)}, after the window: it waits for the next edition`;
    case 'older':
      return `published ${when(story.publishedAt)}, before the window`;
    case 'other_section':
      return `${section} is not a section of this newsletter`;
    case 'no_section':
      return 'has no section yet: its source or an editor gives it one';
    case 'other_source':
      return `${parts?.source} is not among this newsletter’s sources`;
    case 'language':
      return 'is in another language';
    case 'withdrawn':
      return 'its source took it back';
    case 'lead':
    case 'section':
    case 'more':
      return 'selection would take it; the edition as it was changed leaves it out';
    case null:
      return 'selection did not see it';
  }
}

/** How a count of stories that are out is told: `12 older than the window`. */
export const countWords: Record<Why['counts'][number]['reason'], string> = {
  below: 'below the last place',
  same_event: 'same event',
  source_full: 'enough of their source',
  no_link: 'without a link for More news',
  carried: 'already carried',
  later: 'after the window',
  older: 'older than the window',
  other_section: 'section not in this newsletter',
  no_section: 'waiting for a section',
  other_source: 'source not in this newsletter',
  language: 'in another language',
  withdrawn: 'withdrawn',
  suggested: 'left out by hand',
  lead: 'left out by hand',
  section: 'left out by hand',
  more: 'left out by hand',
};

/** Reasons that a little more of something would have overcome, the nearest first. */
export const JUST_OUT: readonly (Reason | null)[] = [
  'below',
  'same_event',
  'source_full',
  'no_link',
  'carried',
  'no_section',
];

/** `23 Nov 06:55`. */
export function shortMoment(at: number, timeZone: string): string {
  const time = zoned(at, timeZone).toPlainTime().toString({ smallestUnit: 'minute' });
  return `${shortDay(at, timeZone)} ${time}`;
}

function shortDay(at: number, timeZone: string): string {
  return zoned(at, timeZone).toPlainDate().toLocaleString('en-GB', { day: 'numeric', month: 'short' });
}

function zoned(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}
