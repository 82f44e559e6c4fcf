import { randomBytes } from 'node:crypto';
import type { ColumnDefinitionBuilder, CreateTableBuilder, Kysely } from 'kysely';
import { sql } from 'kysely';
import { isPostgres } from '../dialect.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const required: Column = (column) => column.notNull();
const zero: Column = (column) => column.notNull().defaultTo(0);
const unique: Column = (column) => column.notNull().unique();
const references =
  (target: string, onDelete: 'cascade' | 'restrict' | 'set null' = 'restrict'): Column =>
  (column) =>
    column.notNull().references(target).onDelete(onDelete);

/** Every table of the first release. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const postgres = isPostgres(db);
  // SQLite's `integer` is 64 bits wide, PostgreSQL's is not.
  const integer = postgres ? 'bigint' : 'integer';

  /**
   * A table with the integer key that every entity has. SQLite must say autoincrement: it would give the id of
   * a deleted last row to the next person otherwise.
   */
  function entity(name: string): CreateTableBuilder<string, 'id'> {
    const table = db.schema.createTable(name);
    return postgres
      ? table.addColumn('id', 'bigint', (column) => column.generatedAlwaysAsIdentity().primaryKey())
      : table.addColumn('id', 'integer', (column) => column.autoIncrement().primaryKey());
  }

  await entity('newsletters')
    .addColumn('slug', 'text', unique)
    .addColumn('name', 'text', required)
    .addColumn('settings', 'text', required)
    .addColumn('enabled', integer, (column) => column.notNull().defaultTo(1))
    .addColumn('enabled_at', integer, required)
    .addColumn('created_at', integer, required)
    .addColumn('updated_at', integer, required)
    .execute();

  await entity('sources')
    .addColumn('name', 'text', unique)
    .addColumn('kind', 'text', required)
    .addColumn('url', 'text', unique)
    .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('section', 'text')
    .addColumn('language', 'text')
    .addColumn('weight', 'real', (column) => column.notNull().defaultTo(1))
    .addColumn('etag', 'text')
    .addColumn('last_modified', 'text')
    .addColumn('polled_at', integer)
    .addColumn('next_poll_at', integer)
    .addColumn('failures', integer, zero)
    .addColumn('last_error', 'text')
    .addColumn('created_at', integer, required)
    .execute();
  await db.schema.createIndex('sources_due').on('sources').column('next_poll_at').execute();

  await entity('clusters')
    .addColumn('thread_id', integer)
    .addColumn('first_at', integer, required)
    .addColumn('last_at', integer, required)
    .execute();

  await entity('stories')
    .addColumn('code', 'text', unique)
    .addColumn('source_id', integer, references('sources.id'))
    .addColumn('guid', 'text', required)
    .addColumn('url', 'text')
    .addColumn('headline', 'text', required)
    .addColumn('section', 'text')
    .addColumn('section_by', 'text')
    .addColumn('language', 'text')
    .addColumn('dateline', 'text')
    .addColumn('byline', 'text')
    .addColumn('credit', 'text')
    .addColumn('published_at', integer, required)
    .addColumn('undated', integer, zero)
    .addColumn('body', 'text', required)
    .addColumn('description', 'text')
    .addColumn('picture_url', 'text')
    .addColumn('picture_alt', 'text')
    .addColumn('picture_credit', 'text')
    .addColumn('summary', 'text')
    .addColumn('summary_by', 'text')
    .addColumn('cluster_id', integer, (column) => column.references('clusters.id').onDelete('set null'))
    .addColumn('digest', 'text', required)
    .addColumn('created_at', integer, required)
    .addColumn('changed_at', integer)
    .addColumn('corrected_at', integer)
    .addColumn('withdrawn_at', integer)
    .addUniqueConstraint('stories_identity', ['source_id', 'guid'])
    .execute();
  // Selection reads one window of time; a hundred thousand older stories must cost it nothing.
  await db.schema.createIndex('stories_published').on('stories').column('published_at').execute();
  await db.schema.createIndex('stories_cluster').on('stories').column('cluster_id').execute();
  await db.schema.createIndex('stories_url').on('stories').column('url').execute();

  await db.schema
    .createTable('cluster_decisions')
    .addColumn('story_id', integer, references('stories.id', 'cascade'))
    .addColumn('cluster_id', integer, references('clusters.id', 'cascade'))
    .addColumn('verdict', 'text', required)
    .addColumn('decided_by', 'text', required)
    .addColumn('at', integer, required)
    .addPrimaryKeyConstraint('cluster_decisions_key', ['story_id', 'cluster_id'])
    .execute();

  await entity('editions')
    .addColumn('newsletter_id', integer, references('newsletters.id'))
    .addColumn('kind', 'text', required)
    .addColumn('rhythm', 'text')
    .addColumn('slot_at', integer, required)
    .addColumn('name', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('paused_reason', 'text')
    .addColumn('skipped_reason', 'text')
    .addColumn('state_note', 'text')
    .addColumn('state_by', 'text')
    .addColumn('state_at', integer, required)
    .addColumn('revision', integer, zero)
    .addColumn('approved_revision', integer)
    .addColumn('approved_by', 'text')
    .addColumn('approved_at', integer)
    .addColumn('touched', integer, zero)
    .addColumn('corrects_edition_id', integer)
    .addColumn('window_from', integer, required)
    .addColumn('window_to', integer, required)
    .addColumn('selected_at', integer)
    .addColumn('reminded_at', integer)
    .addColumn('frozen_to', integer)
    .addColumn('frozen_at_id', integer, zero)
    .addColumn('frozen_revision', integer)
    .addColumn('created_at', integer, required)
    .addColumn('sending_at', integer)
    .addColumn('sent_at', integer)
    .addUniqueConstraint('editions_name', ['newsletter_id', 'name'])
    .execute();
  // The right to a slot is this row: a second scheduler's insert fails here.
  await sql`create unique index editions_slot on editions (newsletter_id, rhythm, slot_at) where kind = 'scheduled'`.execute(
    db,
  );
  await db.schema.createIndex('editions_state').on('editions').column('state').execute();

  await db.schema
    .createTable('revisions')
    .addColumn('edition_id', integer, references('editions.id', 'cascade'))
    .addColumn('number', integer, required)
    .addColumn('subject', 'text')
    .addColumn('preheader', 'text')
    .addColumn('greeting', 'text')
    .addColumn('made_by', 'text', required)
    .addColumn('at', integer, required)
    .addPrimaryKeyConstraint('revisions_key', ['edition_id', 'number'])
    .execute();

  await db.schema
    .createTable('edition_items')
    .addColumn('edition_id', integer, references('editions.id', 'cascade'))
    .addColumn('revision', integer, required)
    .addColumn('story_id', integer, references('stories.id'))
    .addColumn('place', 'text', required)
    .addColumn('section', 'text')
    .addColumn('position', integer, required)
    .addColumn('headline', 'text', required)
    .addColumn('summary', 'text', required)
    .addColumn('pinned', integer, zero)
    .addPrimaryKeyConstraint('edition_items_key', ['edition_id', 'revision', 'story_id'])
    .execute();
  await db.schema.createIndex('edition_items_story').on('edition_items').column('story_id').execute();

  await db.schema
    .createTable('edition_candidates')
    .addColumn('edition_id', integer, references('editions.id', 'cascade'))
    .addColumn('story_id', integer, references('stories.id', 'cascade'))
    .addColumn('verdict', 'text', required)
    .addColumn('reason', 'text', required)
    .addColumn('score', 'real', required)
    .addColumn('parts', 'text', required)
    .addPrimaryKeyConstraint('edition_candidates_key', ['edition_id', 'story_id'])
    .execute();

  await entity('subscribers')
    .addColumn('token', 'text', unique)
    .addColumn('email', 'text', required)
    .addColumn('email_key', 'text', unique)
    .addColumn('address_key', 'text', required)
    .addColumn('lane', 'text', required)
    .addColumn('name', 'text')
    .addColumn('language', 'text')
    .addColumn('time_zone', 'text')
    .addColumn('created_at', integer, required)
    .execute();
  await db.schema.createIndex('subscribers_address').on('subscribers').column('address_key').execute();

  await entity('subscriptions')
    .addColumn('subscriber_id', integer, references('subscribers.id', 'cascade'))
    .addColumn('newsletter_id', integer, references('newsletters.id', 'cascade'))
    .addColumn('rhythm', 'text', required)
    .addColumn('sections', 'text')
    .addColumn('hour', 'text')
    .addColumn('state', 'text', required)
    .addColumn('paused_until', integer)
    .addColumn('confirmed_at', integer)
    .addColumn('left_at', integer)
    .addColumn('created_at', integer, required)
    .addUniqueConstraint('subscriptions_one', ['subscriber_id', 'newsletter_id'])
    .execute();
  // The audience is read in slices by id within one newsletter.
  await db.schema
    .createIndex('subscriptions_audience')
    .on('subscriptions')
    .columns(['newsletter_id', 'id'])
    .execute();

  await entity('consents')
    .addColumn('subscriber_id', integer, references('subscribers.id', 'cascade'))
    .addColumn('newsletter_id', integer)
    .addColumn('what', 'text', required)
    .addColumn('at', integer, required)
    .addColumn('ip', 'text')
    .addColumn('wording', 'text')
    .addColumn('language', 'text')
    .addColumn('page', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('source', 'text', required)
    .execute();
  await db.schema.createIndex('consents_person').on('consents').column('subscriber_id').execute();
  // "How many left since this edition?", of all the acts that are kept for ever.
  await sql`create index consents_left on consents (at) where what = 'left'`.execute(db);

  await entity('suppressions')
    .addColumn('address_key', 'text', unique)
    .addColumn('reason', 'text', required)
    .addColumn('at', integer, required)
    .addColumn('domain', 'text')
    .addColumn('who', 'text')
    .addColumn('note', 'text')
    .addColumn('edition_id', integer)
    .execute();

  await entity('senders')
    .addColumn('host', 'text', required)
    .addColumn('pid', integer, required)
    .addColumn('pid_space', 'text')
    .addColumn('started_at', integer, required)
    .addColumn('lease_until', integer, required)
    .addColumn('trouble', 'text')
    .addColumn('next_try_at', integer)
    .execute();

  await entity('batches')
    .addColumn('edition_id', integer, references('editions.id', 'cascade'))
    .addColumn('lane', 'text', required)
    .addColumn('due_at', integer, required)
    .addColumn('state', 'text', required)
    .addColumn('sender_id', integer)
    .addColumn('epoch', integer, zero)
    .execute();
  // Claiming looks for what is due and not done; done batches, the great majority, stay out of the index.
  await sql`create index batches_due on batches (due_at) where state <> 'done'`.execute(db);
  await db.schema.createIndex('batches_edition').on('batches').columns(['edition_id', 'state']).execute();

  await entity('deliveries')
    .addColumn('edition_id', integer, references('editions.id', 'cascade'))
    .addColumn('subscriber_id', integer, required)
    .addColumn('token', 'text', unique)
    .addColumn('batch_id', integer)
    .addColumn('lane', 'text', required)
    .addColumn('variant', 'text')
    .addColumn('revision', integer)
    .addColumn('state', 'text', required)
    .addColumn('reason', 'text')
    .addColumn('due_at', integer, required)
    .addColumn('fresh_from', integer)
    .addColumn('first_tried_at', integer)
    .addColumn('tries', integer, zero)
    .addColumn('in_doubt', integer, zero)
    .addColumn('relay', 'text')
    .addColumn('response', 'text')
    .addColumn('sent_at', integer)
    .addUniqueConstraint('deliveries_once', ['edition_id', 'subscriber_id'])
    .execute();
  // A sender reads a batch in order of id, from where it stands.
  await sql`create index deliveries_batch on deliveries (batch_id, id) where state = 'queued'`.execute(db);
  await sql`create index deliveries_due on deliveries (due_at) where state = 'deferred'`.execute(db);
  // "Is anything of this edition still to be tried again?", asked whenever one of its batches is done.
  await sql`create index deliveries_deferred on deliveries (edition_id) where state = 'deferred'`.execute(db);
  // "When did they last get one?", asked backwards from their newest.
  await db.schema
    .createIndex('deliveries_person')
    .on('deliveries')
    .columns(['subscriber_id', 'id'])
    .execute();
  // Who of an edition was refused: a few of very many.
  await sql`create index deliveries_refused on deliveries (edition_id) where state = 'refused'`.execute(db);

  await db.schema
    .createTable('refusals')
    .addColumn('subscriber_id', integer, references('subscribers.id', 'cascade'))
    .addColumn('edition_id', integer, required)
    .addColumn('delivery_id', integer, required)
    .addColumn('kind', 'text', required)
    .addColumn('came', 'text', required)
    .addColumn('code', 'text')
    .addColumn('at', integer, required)
    .addPrimaryKeyConstraint('refusals_key', ['subscriber_id', 'edition_id'])
    .execute();
  await db.schema.createIndex('refusals_edition').on('refusals').column('edition_id').execute();

  await db.schema
    .createTable('in_flight')
    .addColumn('sender_id', integer, required)
    .addColumn('connection', integer, required)
    .addColumn('delivery_id', integer, required)
    .addColumn('batch_id', integer, required)
    .addColumn('revision', integer, required)
    .addColumn('since', integer, required)
    .addPrimaryKeyConstraint('in_flight_key', ['sender_id', 'connection'])
    .execute();

  await db.schema
    .createTable('paces')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('taken_until', integer, required)
    .execute();

  await db.schema
    .createTable('paced_hours')
    .addColumn('name', 'text', required)
    .addColumn('hour', integer, required)
    .addColumn('messages', integer, required)
    .addPrimaryKeyConstraint('paced_hours_key', ['name', 'hour'])
    .execute();

  await db.schema
    .createTable('places')
    .addColumn('name', 'text', required)
    .addColumn('number', integer, required)
    .addColumn('sender_id', integer, required)
    .addPrimaryKeyConstraint('places_key', ['name', 'number'])
    .execute();

  await db.schema
    .createTable('lanes')
    .addColumn('lane', 'text', (column) => column.primaryKey())
    .addColumn('aside_until', integer, required)
    .addColumn('since', integer, required)
    .addColumn('response', 'text', required)
    .execute();

  await entity('notices')
    .addColumn('kind', 'text', required)
    .addColumn('to_address', 'text', required)
    .addColumn('token', 'text', unique)
    .addColumn('data', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('due_at', integer, required)
    .addColumn('tries', integer, zero)
    .addColumn('expires_at', integer, required)
    .addColumn('sender_id', integer)
    .addColumn('response', 'text')
    .addColumn('created_at', integer, required)
    .addColumn('sent_at', integer)
    .execute();
  await sql`create index notices_due on notices (due_at) where state = 'queued'`.execute(db);
  await db.schema
    .createIndex('notices_address')
    .on('notices')
    .columns(['to_address', 'created_at'])
    .execute();

  await entity('bounces')
    .addColumn('delivery_id', integer, references('deliveries.id', 'cascade'))
    .addColumn('edition_id', integer, required)
    .addColumn('kind', 'text', required)
    .addColumn('reason', 'text', required)
    .addColumn('status', 'text')
    .addColumn('text', 'text')
    .addColumn('at', integer, required)
    .addUniqueConstraint('bounces_once', ['delivery_id', 'kind'])
    .execute();
  await db.schema.createIndex('bounces_edition').on('bounces').columns(['edition_id', 'kind']).execute();
  // Amazon SES names a message by the id of its own 250; what went through other relays stays out of the index.
  await sql`create index deliveries_ses on deliveries (response) where substr(response, 1, 8) = '250 Ok 0'`.execute(
    db,
  );

  await entity('audit')
    .addColumn('who', 'text', required)
    .addColumn('what', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('at', integer, required)
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .execute();
  await db.schema.createIndex('audit_subject').on('audit').column('subject').execute();

  await db.schema
    .createTable('job_runs')
    .addColumn('job', 'text', required)
    .addColumn('at', integer, required)
    .addColumn('started_at', integer, required)
    .addColumn('finished_at', integer)
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('job_runs_key', ['job', 'at'])
    .execute();

  await db.schema
    .createTable('problems')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', required)
    .addColumn('text', 'text', required)
    .addColumn('since', integer, required)
    .addColumn('told_at', integer)
    .addColumn('over_at', integer)
    .execute();

  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', required)
    .execute();
  // Hashes of suppressed addresses must be found again after every rotation of SECRET_KEY: a key of their own.
  await sql`insert into settings (name, value) values ('suppression_key', ${randomBytes(32).toString('hex')})`.execute(
    db,
  );
}
