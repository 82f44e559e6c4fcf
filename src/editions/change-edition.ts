import { asSentence } from '../as-sentence.ts';
import { type CheckedYaml, type Fault, FaultyFileError } from '../checked-yaml.ts';
import type { Db } from '../database/connect.ts';
import type { EditionState } from '../database/tables/editions.ts';
import { nearest, nearestFew } from '../nearest.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { sectionFor } from '../newsletters/section-for.ts';
import { RefusedError } from '../refused-error.ts';
import { type EditionFile, parseEditionFile } from './edition-file.ts';
import { mayApprove } from './may-approve.ts';
import { readRevision } from './read-revision.ts';
import type { Revision, RevisionItem } from './revision.ts';
import { type ContentItem, describeItems } from './revision-items.ts';
import { diffRevisions, type RevisionChange, storeRevision } from './revisions.ts';
import { storyTexts, summaryFor } from './select-content.ts';

/**
 * Stores an edited file as the edition's next revision; an approval of the older one lapses, and selection only
 * suggests from then on. While it goes out, all that has not left carries it from then on if `by` may approve, else the
 * edition pauses. A file that changes nothing stores nothing.
 * @throws FaultyFileError naming every fault with line and column; RefusedError when somebody else was faster or
 * the edition can no longer be changed.
 */
export async function changeEdition(
  db: Db,
  editionId: number,
  file: { text: string; name: string },
  by: string,
  now: Temporal.Instant,
): Promise<{ revision: number; changes: RevisionChange[] }> {
  const parsed = parseEditionFile(file.text, file.name);
  const before = await readRevision(db, editionId);
  const { edition } = before;
  refuseUnchangeable(edition);
  const seen = parsed.value.revision ?? before.number;
  if (seen !== before.number) {
    throw new RefusedError(
      `${edition.name} is at revision ${before.number} now and the file shows revision ${seen}: take the present one with broadsheet edition edit ${edition.name}.`,
    );
  }
  const items = await resolveItems(db, before, parsed, file.name);
  const { subject, preheader, greeting } = parsed.value;
  const texts = { subject: subject || null, preheader: preheader || null, greeting: greeting || null };
  const changes = diffRevisions(before, { ...texts, items: await describeItems(db, items) });
  if (changes.length === 0) return { revision: before.number, changes };
  return db.transaction().execute(async (tx) => {
    const content = { ...texts, items };
    const maker = { touch: true, approves: mayApprove(before.newsletter, by) };
    const revision = await storeRevision(tx, editionId, before.number, content, by, now, maker);
    if (revision === null) {
      throw new RefusedError(
        `${edition.name} was changed by somebody else in the meantime: nothing was stored.`,
      );
    }
    await tx
      .insertInto('audit')
      .values({
        who: by,
        what: 'edition.changed',
        subject: edition.name,
        at: now.epochMilliseconds,
        before: JSON.stringify({ revision: before.number }),
        after: JSON.stringify({ revision, changes }),
      })
      .execute();
    return { revision, changes };
  });
}

/** @throws RefusedError when the edition's content is fixed for good. */
export function refuseUnchangeable({ name, state }: Revision['edition']): void {
  const fixed: Partial<Record<EditionState, string>> = {
    sent: 'has gone out',
    skipped: 'was skipped',
    cancelled: 'was stopped',
  };
  const why = fixed[state];
  if (why !== undefined) throw new RefusedError(`${asSentence(`${name} ${why}`)} It cannot be changed now.`);
}

type Line = EditionFile['items'][number] & { index: number };

/** The file's lines as items in the order of a message: lead, sections, briefs, links. */
async function resolveItems(
  db: Db,
  { items: before, newsletter }: Revision,
  { value, faultAt }: CheckedYaml<EditionFile>,
  fileName: string,
): Promise<ContentItem[]> {
  const faults: Fault[] = [];
  const refuse = (path: PropertyKey[], message: string) => faults.push(faultAt(['items', ...path], message));
  const lines = value.items.map((line, index) => ({ ...line, index })).filter((line) => !line.drop);
  const stories = await findStories(
    db,
    lines.map(({ story }) => story),
  );
  const texts = await storyTexts(
    db,
    [...stories.values()].map(({ id }) => id),
  );
  const present = new Map(before.map((item) => [item.code, item]));
  const items: ContentItem[] = [];
  for (const line of lines) {
    const story = stories.get(line.story);
    if (!story) {
      refuse(
        [line.index, 'story'],
        `there is no story ${line.story}. Nearest: ${await similar(db, before, line.story)}`,
      );
      continue;
    }
    if (story.withdrawn) {
      refuse([line.index, 'story'], `${line.story} was withdrawn: no edition can carry it`);
      continue;
    }
    if (lines.find((other) => other.story === line.story) !== line) {
      refuse([line.index, 'story'], `${line.story} is there twice`);
    }
    if (line.place === 'lead' && lines.find((other) => other.place === 'lead') !== line) {
      refuse([line.index, 'place'], 'there is a lead already: an edition has one');
    }
    const was = present.get(line.story);
    const section = sectionOf(line, was, story.section, newsletter);
    if (section === undefined)
      refuse([line.index, line.section ? 'section' : 'story'], wrongSection(line, newsletter));
    const text = texts.get(story.id);
    items.push({
      storyId: story.id,
      place: line.place,
      section: section ?? null,
      position: 0,
      headline: line.headline || text?.headline || '',
      summary: line.place === 'more' ? '' : line.summary || summaryFor(text, line.place, newsletter.limits),
      pinned: line.pin,
    });
  }
  if (lines.length === 0)
    refuse([], 'every story is dropped: to send nothing, use broadsheet edition cancel');
  else if (!lines.some((line) => line.place === 'lead'))
    refuse([], 'no story is the lead: give one place: lead');
  if (faults.length > 0) throw new FaultyFileError(fileName, faults);
  return inOrder(items, newsletter);
}

/** undefined: none that this newsletter has. */
function sectionOf(
  line: Line,
  was: RevisionItem | undefined,
  own: string | null,
  { sections }: Newsletter,
): string | undefined {
  const names = sections.map(({ name }) => name);
  return sectionFor(line.section || was?.section || own, names);
}

function wrongSection({ story, section }: Line, { sections }: Newsletter): string {
  const known = sections.map(({ name }) => name);
  if (!section) {
    return `${story} has no section of this newsletter: give it one, such as section: ${known[0]}`;
  }
  const meant = nearest(section, known);
  return `this newsletter has no section ${section}${meant === undefined ? `; it has ${known.join(', ')}` : `: did you mean ${meant}?`}`;
}

function inOrder(items: ContentItem[], { sections }: Newsletter): ContentItem[] {
  const at = (place: ContentItem['place']) => items.filter((item) => item.place === place);
  const order = sections.map(({ name }) => name);
  const stories = at('story').sort(
    (one, other) => order.indexOf(one.section ?? '') - order.indexOf(other.section ?? ''),
  );
  return [...at('lead'), ...stories, ...at('brief'), ...at('more')].map((item, index) => ({
    ...item,
    position: index + 1,
  }));
}

async function findStories(
  db: Db,
  codes: string[],
): Promise<Map<string, { id: number; section: string | null; withdrawn: boolean }>> {
  if (codes.length === 0) return new Map();
  const rows = await db
    .selectFrom('stories')
    .select(['id', 'code', 'section', 'withdrawn_at'])
    .where('code', 'in', codes)
    .execute();
  return new Map(
    rows.map(({ code, id, section, withdrawn_at }) => [
      code,
      { id, section, withdrawn: withdrawn_at !== null },
    ]),
  );
}

async function similar(db: Db, items: readonly RevisionItem[], code: string): Promise<string> {
  const rows = await db.selectFrom('stories').select('code').orderBy('id', 'desc').limit(2000).execute();
  const codes = new Set([...items.map((item) => item.code), ...rows.map((row) => row.code)]);
  return nearestFew(code, codes, 3).join(', ');
}
