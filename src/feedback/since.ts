import type { Db } from '../database/connect.ts';

/** What has come back of an edition since it went out. */
export interface Since {
  /** Deliveries of which a bounce came, whatever it said. */
  bounced: number;
  complained: number;
  /** Who left by mail. Who left at all: `delivery/left-since.ts`. */
  leftByMail: number;
}

/** Counts what came back of an edition. */
export async function since(db: Db, editionId: number): Promise<Since> {
  const rows = await db
    .selectFrom('bounces')
    .select((eb) => ['kind', eb.fn.countAll<number>().as('count')])
    .where('edition_id', '=', editionId)
    .groupBy('kind')
    .execute();
  const bounced = await db
    .selectFrom('bounces')
    .select((eb) => eb.fn.count<number>('delivery_id').distinct().as('count'))
    .where('edition_id', '=', editionId)
    .where('kind', 'in', ['hard', 'soft', 'policy'])
    .executeTakeFirstOrThrow();
  const of = (kind: string) => rows.find((row) => row.kind === kind)?.count ?? 0;
  return { bounced: bounced.count, complained: of('complaint'), leftByMail: of('left') };
}
