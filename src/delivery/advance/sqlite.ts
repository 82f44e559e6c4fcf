import type { StatementSync } from 'node:sqlite';
import type { Db } from '../../database/connect.ts';
import { sqliteOf } from '../../database/drivers.ts';
import type { Advance, Advanced, Outcome, Reading, Step } from '../advance.ts';
import { nextRecipient, type RecipientRow, recipients } from './recipient.ts';

/**
 * ADVANCE on SQLite: prepared statements on the connection that Kysely uses too, held while they run, so that no
 * other transaction of this process is ever under way. It blocks the process for some 20 µs a message.
 */
export function sqliteAdvance(db: Db): Advance {
  const { raw } = sqliteOf(db);
  const statements = Object.fromEntries(
    Object.entries(SQL).map(([name, text]) => [name, raw.prepare(text)]),
  ) as Record<keyof typeof SQL, StatementSync>;

  function advance(step: Step): Advanced {
    // Takes the write lock at once: what is read below is still so when it commits.
    statements.begin.run();
    try {
      const alive = statements.alive.get({ sender: step.senderId }) !== undefined;
      const given = new Set(step.connections);
      for (const outcome of step.outcomes) {
        record(outcome, step.senderId, alive);
        // Else recovery still has to find it there. What is to have another gets that in its place.
        if (alive && !given.has(outcome.connection)) land(outcome, step.senderId);
      }
      const advanced = alive ? handOut(step) : nothing(step);
      for (const { connection } of advanced.next) given.delete(connection);
      for (const outcome of alive ? step.outcomes : []) {
        if (given.has(outcome.connection)) land(outcome, step.senderId);
      }
      for (const { batchId, epoch } of alive ? step.closing : []) {
        if (statements.close.run({ batch: batchId, epoch }).changes === 1) advanced.closed.push(batchId);
      }
      statements.commit.run();
      return advanced;
    } catch (error) {
      if (raw.isTransaction) raw.exec('rollback');
      throw error;
    }
  }

  function record(outcome: Outcome, sender: number, alive: boolean): void {
    const { connection, deliveryId, state, reason, response, relay, tried, inDoubt } = outcome;
    statements.record.run({
      id: deliveryId,
      sender,
      alive: Number(alive),
      connection,
      state,
      reason,
      response,
      relay,
      due: outcome.dueAt,
      revision: tried ? outcome.revision : null,
      since: tried ? outcome.since : null,
      sent: state === 'sent' ? outcome.at : null,
      tried: Number(tried),
      doubt: Number(inDoubt),
    });
  }

  function land({ connection }: Outcome, sender: number): void {
    statements.land.run({ sender, connection });
  }

  function handOut({ senderId, now, connections, batches }: Step): Advanced {
    const advanced: Advanced = { alive: true, next: [], batches: new Map(), closed: [] };
    const free = connections.values();
    const ours = { sender: senderId, free: JSON.stringify(connections) };
    for (const reading of batches) {
      const batch = statements.batch.get({ batch: reading.batchId, epoch: reading.epoch }) as
        | BatchRow
        | undefined;
      if (batch === undefined || batch.state !== 'sending') {
        const state = batch === undefined ? 'lost' : 'waiting';
        advanced.batches.set(reading.batchId, { state, after: reading.after });
        continue;
      }
      const { rows, after, ended } = readOn(reading, batch, { now, ...ours });
      advanced.batches.set(reading.batchId, { state: ended ? 'ended' : 'reading', after });
      for (const row of rows) {
        const connection = free.next().value as number;
        const since = row.first_tried_at ?? now;
        const { revision, edition_id: editionId } = batch;
        statements.takeOff.run({
          sender: senderId,
          connection,
          id: row.id,
          batch: reading.batchId,
          revision,
          since: now,
        });
        advanced.next.push(nextRecipient(row, { connection, editionId, revision, since, ...reading }));
      }
    }
    return advanced;
  }

  /** The next recipients of a batch who are still to have it; who is not is written down on the way. */
  function readOn(
    { batchId, after, most }: Reading,
    { newsletter_id }: BatchRow,
    moment: { now: number; sender: number; free: string },
  ): { rows: RecipientRow[]; after: number; ended: boolean } {
    const rows: RecipientRow[] = [];
    let last = after;
    while (rows.length < most) {
      const row = statements.recipient.get({
        batch: batchId,
        after: last,
        newsletter: newsletter_id,
        ...moment,
      }) as RecipientRow | undefined;
      if (row === undefined) return { rows, after: last, ended: true };
      last = row.id;
      if (row.reason === null) rows.push(row);
      else statements.exclude.run({ id: row.id, reason: row.reason });
    }
    return { rows, after: last, ended: false };
  }

  return (step) => db.connection().execute(async () => advance(step));
}

/** What others' senders are told: all that they held is lost. */
function nothing({ batches }: Step): Advanced {
  const lost = batches.map(({ batchId, after }) => [batchId, { state: 'lost', after }] as const);
  return { alive: false, next: [], batches: new Map(lost), closed: [] };
}

interface BatchRow {
  edition_id: number;
  newsletter_id: number;
  state: string;
  revision: number;
}

/** In the words of `isClosed`: what was closed while it went out. */
const CLOSED = `(state = 'expired' or state = 'excluded' and reason in ('overtaken', 'stopped'))`;

const SQL = {
  begin: 'begin immediate',
  commit: 'commit',
  alive: 'select 1 from senders where id = :sender',
  // An outcome counts while we are a sender and its in_flight row names it, which makes repeating it harmless. A message that was
  // taken is a fact, though, whoever holds the batch by now and whatever was decided meanwhile.
  record: `
    update deliveries set
      state = case when state = 'queued' or :doubt = 0 then :state else 'unknown' end,
      reason = :reason, response = :response, relay = :relay,
      -- Put off, it goes on growing old.
      fresh_from = case when :due is null then fresh_from else coalesce(fresh_from, due_at) end,
      due_at = coalesce(:due, due_at),
      batch_id = case when :state = 'deferred' then null else batch_id end,
      revision = coalesce(:revision, revision),
      first_tried_at = coalesce(first_tried_at, :since),
      sent_at = :sent, tries = tries + :tried, in_doubt = in_doubt + :doubt
    where id = :id and (
      (:state = 'sent' and state <> 'sent')
      or (:alive = 1 and (state = 'queued' or :doubt = 1 and ${CLOSED}) and exists (
        select 1 from in_flight
        where sender_id = :sender and connection = :connection and delivery_id = :id)))`,
  land: 'delete from in_flight where sender_id = :sender and connection = :connection',
  batch: `
    select b.edition_id, e.newsletter_id, e.state, coalesce(e.approved_revision, e.revision) as revision
    from batches b join editions e on e.id = b.edition_id
    where b.id = :batch and b.epoch = :epoch and b.state = 'claimed'`,
  // A connection that is to have another is out no more, so that a repeated step names the same ones.
  recipient: recipients({
    batch: ':batch',
    newsletter: ':newsletter',
    after: ':after',
    most: '1',
    now: ':now',
    elsewhere: `exists (
      select 1 from in_flight f
      where f.delivery_id = d.id
        and not (f.sender_id = :sender and f.connection in (select value from json_each(:free))))`,
  }),
  exclude: `update deliveries set state = 'excluded', reason = :reason where id = :id and state = 'queued'`,
  takeOff: `
    insert into in_flight (sender_id, connection, delivery_id, batch_id, revision, since)
    values (:sender, :connection, :id, :batch, :revision, :since)
    on conflict (sender_id, connection) do update set
      delivery_id = excluded.delivery_id, batch_id = excluded.batch_id,
      revision = excluded.revision, since = excluded.since`,
  close: `
    update batches set state = 'done', sender_id = null
    where id = :batch and epoch = :epoch and state = 'claimed'
      and not exists (select 1 from deliveries d where d.batch_id = :batch and d.state = 'queued')`,
};
