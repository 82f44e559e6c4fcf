import type { Revision, RevisionItem } from '../editions/revision.ts';
import { automaticGreeting, automaticPreheader, automaticSubject } from './automatic.ts';
import { cleanLine } from './clean-text.ts';
import { type Locale, longDate } from './locale.ts';
import { countWords, readingMinutes } from './reading-time.ts';
import { leadModel, type StoryModel, storyModel } from './story-model.ts';

/** What the digest's templates are given. Every string of it is clean and none is escaped: the templates do that. */
export interface DigestModel {
  language: string;
  title: string;
  preheader: string;
  masthead: { name: string; logo: string | null };
  date: string;
  greeting: string;
  lead: StoryModel;
  blocks: BlockModel[];
  more: StoryModel[];
  /** Words a reader reads. */
  words: number;
  minutes: number;
  t: Record<'topStory' | 'moreNews' | 'viewInBrowser' | 'choices' | 'unsubscribe', string>;
}

/** Stories that stand under one another, or (`picture`) a single one beside its picture. */
type BlockModel = { heading: string | null } & (
  | { picture: false; stories: StoryModel[]; briefs: StoryModel[] }
  | { picture: true; story: StoryModel }
);

/** Pictures make the edition heavy and restless: the lead's and two more, at most one a section. */
const MOST_PICTURES = 3;

/**
 * The content of an edition for readers who see `items` (clean, lead first).
 * @param full whether that is all that the revision holds: only then an editor's own preheader fits.
 * @param ownPictures pictures at this address are shown although it is not https.
 */
export function digestModel(
  revision: Revision,
  items: RevisionItem[],
  { locale, full, ownPictures }: { locale: Locale; full: boolean; ownPictures: string },
): DigestModel {
  const { newsletter } = revision;
  const [leadItem, ...rest] = items;
  if (leadItem === undefined) throw new Error(`${revision.edition.name} has no items for these readers`);
  const words = items.reduce(
    (sum, { headline, summary }) => sum + countWords(`${headline} ${summary}`, locale.language),
    0,
  );
  const minutes = readingMinutes(words);
  const slot = Temporal.Instant.fromEpochMilliseconds(revision.edition.slotAt);
  const { hour } = slot.toZonedDateTimeISO(newsletter.time_zone);
  // What an editor wrote about the edition's lead would mislead readers who get another.
  const sameLead = revision.items.some(
    ({ place, storyId }) => place === 'lead' && storyId === leadItem.storyId,
  );
  const tell = (item: RevisionItem) => storyModel(item, locale, ownPictures);
  const lead = leadModel(tell(leadItem), leadItem, locale);
  return {
    language: locale.language,
    title: (sameLead && own(revision.subject)) || automaticSubject(items, locale),
    preheader: (full && own(revision.preheader)) || automaticPreheader(items, locale),
    greeting: own(revision.greeting) || automaticGreeting(items, { locale, hour, minutes }),
    masthead: { name: cleanLine(newsletter.name), logo: newsletter.look.logo ?? null },
    date: longDate(locale, revision.edition.slotAt, newsletter.time_zone),
    lead,
    blocks: blocks(rest, {
      order: newsletter.sections.map(({ name }) => name),
      pictures: MOST_PICTURES - (lead.picture === null ? 0 : 1),
      locale,
      tell,
    }),
    more: rest.filter(({ place }) => place === 'more').map(tell),
    words,
    minutes,
    t: locale.words,
  };
}

function own(text: string | null): string {
  return text === null ? '' : cleanLine(text);
}

function blocks(
  items: RevisionItem[],
  {
    order,
    pictures,
    locale,
    tell,
  }: { order: string[]; pictures: number; locale: Locale; tell: (item: RevisionItem) => StoryModel },
): BlockModel[] {
  const bySection = Map.groupBy(
    items.filter(({ place }) => place !== 'more'),
    ({ section }) => section,
  );
  const rank = (section: string | null) => {
    const index = section === null ? -1 : order.indexOf(section);
    return index < 0 ? order.length : index;
  };
  let left = pictures;
  return [...bySection]
    .sort(([a], [b]) => rank(a) - rank(b))
    .flatMap(([section, inSection]): BlockModel[] => {
      const heading = section === null ? locale.words.otherNews : cleanLine(section);
      const stories = inSection.filter(({ place }) => place !== 'brief').map(tell);
      const briefs = inSection.filter(({ place }) => place === 'brief').map(tell);
      const pictured = left > 0 ? stories.findIndex(({ picture }) => picture !== null) : -1;
      const story = stories[pictured];
      if (story === undefined) return [{ heading, picture: false, stories, briefs }];
      left--;
      const after: BlockModel = {
        heading: null,
        picture: false,
        stories: stories.slice(pictured + 1),
        briefs,
      };
      return [
        { heading, picture: false, stories: stories.slice(0, pictured), briefs: [] },
        { heading: null, picture: true, story },
        ...(stories.length > pictured + 1 || briefs.length > 0 ? [after] : []),
      ];
    });
}
