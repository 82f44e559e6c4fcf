import type { Db } from '../../database/connect.ts';
import { poolOf } from '../../database/drivers.ts';
import type { Advance, Advanced, Step } from '../advance.ts';
import { ANSWER_WITHIN } from '../senders.ts';
import { nextRecipient, type RecipientRow, recipients } from './recipient.ts';

/**
 * ADVANCE on PostgreSQL: one prepared statement, so one round trip and one commit, while the next gathers.
 * @param answerWithin ms; without an answer until then it fails, and may be repeated on another connection while the
 * lease lasts.
 */
export function postgresAdvance(db: Db, answerWithin = ANSWER_WITHIN): Advance {
  const pool = poolOf(db);
  return async (step) => {
    const { rows } = await pool.query<Row>({
      name: 'broadsheet_advance',
      text: SQL,
      values: values(step),
      ...{ query_timeout: answerWithin },
    });
    return advanced(step, rows);
  };
}

interface Row extends RecipientRow {
  /** `batch`: what became of a batch; `next`: whom a connection sends to; `closed`: a batch that is done; `alive`: we. */
  what: 'batch' | 'next' | 'closed' | 'alive';
  batch_id: number;
  edition_id: number;
  revision: number;
  connection: number;
  since: number;
  /** Of a batch: whether its edition is going out, how far it was read, and how many rows that were. */
  sending: boolean;
  after: number;
  seen: number;
}

function advanced({ batches }: Step, rows: Row[]): Advanced {
  const result: Advanced = { alive: false, next: [], batches: new Map(), closed: [] };
  for (const { batchId, after } of batches) result.batches.set(batchId, { state: 'lost', after });
  for (const row of rows) {
    const { epoch, most } = batches.find(({ batchId }) => batchId === row.batch_id) ?? { epoch: 0, most: 0 };
    if (row.what === 'alive') {
      result.alive = true;
    } else if (row.what === 'closed') {
      result.closed.push(row.batch_id);
    } else if (row.what === 'next') {
      const { connection, batch_id: batchId, edition_id: editionId, revision, since } = row;
      result.next.push(nextRecipient(row, { connection, batchId, epoch, editionId, revision, since }));
    } else {
      const state = row.sending ? (row.seen < most ? 'ended' : 'reading') : 'waiting';
      result.batches.set(row.batch_id, { state, after: row.after });
    }
  }
  return result;
}

function values({ senderId, now, outcomes, connections, batches, closing }: Step): unknown[] {
  return [
    senderId,
    now,
    outcomes.map((outcome) => outcome.deliveryId),
    outcomes.map((outcome) => outcome.connection),
    outcomes.map((outcome) => outcome.state),
    outcomes.map((outcome) => outcome.reason),
    outcomes.map((outcome) => outcome.response),
    outcomes.map((outcome) => outcome.relay),
    outcomes.map((outcome) => outcome.dueAt),
    outcomes.map((outcome) => (outcome.tried ? outcome.revision : null)),
    outcomes.map((outcome) => (outcome.tried ? outcome.since : null)),
    outcomes.map((outcome) => (outcome.state === 'sent' ? outcome.at : null)),
    outcomes.map((outcome) => Number(outcome.tried)),
    outcomes.map((outcome) => Number(outcome.inDoubt)),
    connections,
    batches.map((batch) => batch.batchId),
    batches.map((batch) => batch.epoch),
    batches.map((batch) => batch.after),
    batches.map((batch) => batch.most),
    closing.map((batch) => batch.batchId),
    closing.map((batch) => batch.epoch),
  ];
}

/**
 * Every part sees the database as it was when the statement began, but for `alive` and `held`: they wait for whoever
 * changes their rows, and a sender that was taken for dead meanwhile, or a batch whose epoch was raised, is not in
 * them. All other parts read `alive` before they lock a row of their own: the sender comes first, here as in
 * recovery, so that the two never wait for each other in a circle.
 */
const SQL = `
with alive as materialized (
  select id from senders where id = $1 for key share
),
outcome as materialized (
  select o.*, (select count(*) from alive) = 1 as ours
  from unnest($3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
    $10::int[], $11::bigint[], $12::bigint[], $13::int[], $14::int[])
    as o (id, connection, state, reason, response, relay, due, revision, since, sent, tried, doubt)
),
recorded as (
  update deliveries d set
    state = case when d.state = 'queued' or o.doubt = 0 then o.state else 'unknown' end,
    reason = o.reason, response = o.response, relay = o.relay,
    fresh_from = case when o.due is null then d.fresh_from else coalesce(d.fresh_from, d.due_at) end,
    due_at = coalesce(o.due, d.due_at),
    batch_id = case when o.state = 'deferred' then null else d.batch_id end,
    revision = coalesce(o.revision, d.revision),
    first_tried_at = coalesce(d.first_tried_at, o.since),
    sent_at = o.sent, tries = d.tries + o.tried, in_doubt = d.in_doubt + o.doubt
  from outcome o
  where d.id = o.id and (
    (o.state = 'sent' and d.state <> 'sent')
    -- What was closed at the moment at which it went out is in doubt all the same.
    or (o.ours and (d.state = 'queued' or o.doubt = 1
      and (d.state = 'expired' or d.state = 'excluded' and d.reason in ('overtaken', 'stopped'))) and exists (
      select 1 from in_flight f
      where f.sender_id = $1 and f.connection = o.connection and f.delivery_id = o.id)))
),
held as (
  select b.id, b.edition_id, h.after, h.most, e.newsletter_id, e.state = 'sending' as sending,
    coalesce(e.approved_revision, e.revision) as revision
  from alive
  cross join unnest($16::bigint[], $17::bigint[], $18::bigint[], $19::int[]) as h (id, epoch, after, most)
  join batches b on b.id = h.id and b.epoch = h.epoch and b.state = 'claimed'
  join editions e on e.id = b.edition_id
  for share of b
),
candidate as (
  select held.id as batch_id, held.edition_id, held.revision, c.*
  from held cross join lateral (${recipients({
    batch: 'held.id',
    newsletter: 'held.newsletter_id',
    after: 'held.after',
    most: 'held.most',
    now: '$2',
    // Hashed once a statement. A connection that is to have another is out no more, so that a repeated statement
    // names the same ones.
    elsewhere: `d.id in (
      select delivery_id from in_flight where not (sender_id = $1 and connection = any ($15::int[])))`,
  })}
  ) c
  where held.sending
),
leaving as (
  update deliveries d set state = 'excluded', reason = c.reason
  from candidate c
  where d.id = c.id and d.state = 'queued' and c.reason is not null
),
next as (
  select c.*, p.connection, coalesce(c.first_tried_at, $2::bigint) as since
  from (select *, row_number() over (order by batch_id, id) as place from candidate where reason is null) c
  join unnest($15::int[]) with ordinality as p (connection, place) using (place)
),
landed as (
  delete from in_flight f using outcome o
  where o.ours and f.sender_id = $1 and f.connection = o.connection
    and o.connection not in (select connection from next)
),
taken_off as (
  insert into in_flight (sender_id, connection, delivery_id, batch_id, revision, since)
  select $1::bigint, connection, id, batch_id, revision, $2::bigint from next
  on conflict (sender_id, connection) do update set
    delivery_id = excluded.delivery_id, batch_id = excluded.batch_id,
    revision = excluded.revision, since = excluded.since
),
closed as (
  update batches b set state = 'done', sender_id = null
  from alive cross join unnest($20::bigint[], $21::bigint[]) as c (id, epoch)
  where b.id = c.id and b.epoch = c.epoch and b.state = 'claimed'
    and not exists (select 1 from deliveries d where d.batch_id = b.id and d.state = 'queued')
  returning b.id
)
select 'batch' as what, held.id as batch_id, held.edition_id, held.revision, null::int as connection,
  null::bigint as since, held.sending, coalesce(seen.last, held.after) as after, coalesce(seen.rows, 0) as seen,
  null::bigint as id, null as token, null as variant, null::bigint as tries, null::bigint as in_doubt,
  null::bigint as first_tried_at, null as subscriber_token, null as email, null as name,
  null::bigint as subscribed_at, null as rhythm
from held left join (select batch_id, max(id) as last, count(*) as rows from candidate group by batch_id) seen
  on seen.batch_id = held.id
union all
select 'next', batch_id, edition_id, revision, connection, since, true, null, null,
  id, token, variant, tries, in_doubt, first_tried_at, subscriber_token, email, name, subscribed_at, rhythm
from next
union all
select 'closed', id, null, null, null, null, null, null, null,
  null, null, null, null, null, null, null, null, null, null, null
from closed
union all
select 'alive', id, null, null, null, null, null, null, null,
  null, null, null, null, null, null, null, null, null, null, null
from alive`;
