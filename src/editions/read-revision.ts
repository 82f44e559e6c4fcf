import type { Db } from '../database/connect.ts';
import { getNewsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import type { Revision } from './revision.ts';
import { type Content, describeItems } from './revision-items.ts';

/**
 * Reads a revision of an edition, the present one by default, with everything a message needs.
 * An edition whose slot was missed has revision 0: nothing in it.
 * @throws RefusedError when the edition has no revision of that number.
 */
export async function readRevision(db: Db, editionId: number, number?: number): Promise<Revision> {
  const edition = await db
    .selectFrom('editions')
    .selectAll()
    .where('id', '=', editionId)
    .executeTakeFirstOrThrow();
  const newsletter = await getNewsletter(db, edition.newsletter_id);
  const name = `${newsletter.slug}/${edition.name}`;
  const wanted = number ?? edition.revision;
  const content = await readContent(db, editionId, wanted);
  if (!content && wanted !== 0) {
    throw new RefusedError(`${name} has no revision ${wanted}; its revisions are 1 to ${edition.revision}.`);
  }
  const { subject = null, preheader = null, greeting = null, items = [] } = content ?? {};
  return {
    newsletter,
    edition: {
      id: edition.id,
      name,
      kind: edition.kind,
      rhythm: edition.rhythm,
      state: edition.state,
      slotAt: edition.slot_at,
    },
    number: wanted,
    subject,
    preheader,
    greeting,
    items: await describeItems(db, items),
  };
}

/** What is stored of one revision, without its stories' details; undefined when there is no such revision. */
export async function readContent(db: Db, editionId: number, number: number): Promise<Content | undefined> {
  const texts = await db
    .selectFrom('revisions')
    .select(['subject', 'preheader', 'greeting'])
    .where('edition_id', '=', editionId)
    .where('number', '=', number)
    .executeTakeFirst();
  if (!texts) return undefined;
  const items = await db
    .selectFrom('edition_items')
    .selectAll()
    .where('edition_id', '=', editionId)
    .where('revision', '=', number)
    .orderBy('position')
    .execute();
  return {
    ...texts,
    items: items.map((item) => ({
      storyId: item.story_id,
      place: item.place,
      section: item.section,
      position: item.position,
      headline: item.headline,
      summary: item.summary,
      pinned: item.pinned === 1,
    })),
  };
}
