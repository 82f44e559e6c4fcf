import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';

/** Who has a story, in one edition or another. */
export interface StoryReaders {
  /** Each counted once, however many editions brought it. */
  people: number;
  /** The newest first; `name`: `morning/2026-11-24`. */
  editions: { id: number; name: string; people: number }[];
}

/**
 * Counts whom a story was sent to: in the revision that each one's copy carried, and only where its section is one of
 * theirs.
 * @param without ids of editions that are counted elsewhere.
 */
export async function storyReaders(db: Db, code: string, without: readonly number[]): Promise<StoryReaders> {
  const sent = copiesOf(db, code, without);
  const editions = await sent
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select((eb) => [
      'editions.id',
      'editions.name',
      'newsletters.slug',
      eb.fn.countAll<number>().as('people'),
    ])
    .groupBy(['editions.id', 'editions.name', 'newsletters.slug', 'editions.slot_at'])
    .orderBy('editions.slot_at', 'desc')
    .orderBy('editions.id', 'desc')
    .execute();
  const { people } = await sent
    .select(sql<number>`count(distinct deliveries.subscriber_id)`.as('people'))
    .executeTakeFirstOrThrow();
  return {
    people,
    editions: editions.map(({ id, slug, name, people }) => ({ id, name: `${slug}/${name}`, people })),
  };
}

function copiesOf(db: Db, code: string, without: readonly number[]) {
  const sent = db
    .selectFrom('stories')
    .innerJoin('edition_items', 'edition_items.story_id', 'stories.id')
    .innerJoin('editions', 'editions.id', 'edition_items.edition_id')
    .innerJoin('deliveries', (join) =>
      join
        .onRef('deliveries.edition_id', '=', 'edition_items.edition_id')
        .onRef('deliveries.revision', '=', 'edition_items.revision'),
    )
    .where('stories.code', '=', code)
    .where('deliveries.state', '=', 'sent')
    .where(IN_THEIR_SECTIONS);
  return without.length === 0 ? sent : sent.where('editions.id', 'not in', without);
}

/** `variant` is a JSON list of names; what has no section is for everybody. */
const IN_THEIR_SECTIONS: RawBuilder<boolean> = sql`(deliveries.variant is null or edition_items.section is null
  or replace(deliveries.variant, '"' || edition_items.section || '"', '') <> deliveries.variant)`;
