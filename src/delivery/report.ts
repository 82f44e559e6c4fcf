import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { type Storm, stormsOf } from './suppress-gone.ts';

/** How many, and how many of each kind. */
export interface Figure {
  total: number;
  /** Largest first. */
  by: { name: string; count: number }[];
}

/**
 * What became of an edition's audience. It always adds up:
 * audience = sent + refused + excluded + expired + unknown + open.
 */
export interface DeliveryReport {
  audience: number;
  sent: Figure & {
    /** By the revision that was carried, oldest first. */
    byRevision: { revision: number; count: number }[];
    /** Among those sent: how many went out a second time, because the first had no answer. */
    again: number;
  };
  /** By reason: `gone`, `soft`, `policy`; `suppressed`: whose address is gone and gets no more mail. */
  refused: Figure & {
    suppressed: number;
    /** Why not all who are gone are suppressed, known when the edition has ended. */
    storms: Storm[];
  };
  /** By reason: `no_section`, `paused`, `suppressed`, `left`, … */
  excluded: Figure;
  expired: number;
  unknown: number;
  open: {
    total: number;
    /** Not tried yet, or about to be. */
    waiting: number;
    /** Told to come later. */
    later: number;
    /** ms UTC; null: nobody was told to come later. */
    nextTryAt: number | null;
    /** Among those waiting: on the wire at this moment. */
    onTheWire: number;
  };
  /** ms UTC of the first and the last one sent. */
  firstSentAt: number | null;
  lastSentAt: number | null;
}

/** Counts an edition's deliveries; `sent.by` is by relay. */
export async function deliveryReport(db: Db, editionId: number): Promise<DeliveryReport> {
  const rows = await db
    .selectFrom('deliveries')
    .select((eb) => [
      'state',
      'reason',
      'revision',
      'relay',
      eb.fn.countAll<number>().as('count'),
      sql<number>`sum(case when in_doubt > 0 then 1 else 0 end)`.as('again'),
      eb.fn.min('due_at').as('due'),
      eb.fn.min('sent_at').as('first'),
      eb.fn.max('sent_at').as('last'),
    ])
    .where('edition_id', '=', editionId)
    .groupBy(['state', 'reason', 'revision', 'relay'])
    .execute();
  const { onTheWire } = await db
    .selectFrom('in_flight')
    .innerJoin('deliveries', 'deliveries.id', 'in_flight.delivery_id')
    .select((eb) => eb.fn.countAll<number>().as('onTheWire'))
    .where('deliveries.edition_id', '=', editionId)
    .where('deliveries.state', '=', 'queued')
    .executeTakeFirstOrThrow();
  const of = (...states: DeliveryState[]) => rows.filter((row) => states.includes(row.state));
  const sent = of('sent');
  const deferred = of('deferred');
  return {
    audience: count(rows),
    sent: {
      ...figure(sent, (row) => row.relay ?? ''),
      byRevision: figure(sent, (row) => String(row.revision ?? 0))
        .by.map(({ name, count }) => ({ revision: Number(name), count }))
        .sort((one, other) => one.revision - other.revision),
      again: sent.reduce((sum, row) => sum + row.again, 0),
    },
    refused: {
      ...figure(of('refused'), (row) => row.reason ?? ''),
      ...(of('refused').some(({ reason }) => reason === 'gone')
        ? { suppressed: await goneSuppressed(db, editionId), storms: await stormsOf(db, editionId) }
        : { suppressed: 0, storms: [] }),
    },
    excluded: figure(of('excluded'), (row) => row.reason ?? ''),
    expired: count(of('expired')),
    unknown: count(of('unknown')),
    open: {
      total: count(of('queued', 'deferred')),
      waiting: count(of('queued')),
      later: count(deferred),
      nextTryAt: least(deferred.map((row) => row.due)),
      onTheWire,
    },
    firstSentAt: least(sent.map((row) => row.first)),
    lastSentAt: sent.reduce<number | null>((most, { last }) => Math.max(most ?? 0, last ?? 0), null),
  };
}

async function goneSuppressed(db: Db, editionId: number): Promise<number> {
  const { people } = await db
    .selectFrom('deliveries')
    .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .innerJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    .where('deliveries.edition_id', '=', editionId)
    .where('deliveries.state', '=', 'refused')
    .where('deliveries.reason', '=', 'gone')
    .executeTakeFirstOrThrow();
  return people;
}

function count(rows: { count: number }[]): number {
  return rows.reduce((sum, row) => sum + row.count, 0);
}

function figure<Row extends { count: number }>(rows: Row[], nameOf: (row: Row) => string): Figure {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + row.count);
  const by = [...counts].map(([name, count]) => ({ name, count }));
  return { total: count(rows), by: by.sort((one, other) => other.count - one.count) };
}

function least(values: (number | null)[]): number | null {
  return values.reduce((min, value) => (min === null || (value !== null && value < min) ? value : min), null);
}
