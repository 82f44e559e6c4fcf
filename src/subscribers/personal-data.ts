import type { Db } from '../database/connect.ts';
import { carriesToken } from '../notices/notice.ts';
import type { Subscriber } from './subscribers.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { findSuppression } from './suppression.ts';

/**
 * Everything that is kept about a person, to be read by them (GDPR art. 15, 20): a list each of newsletters, consents,
 * editions and other mail; times in ISO 8601, UTC.
 */
export async function personalData(db: Db, person: Subscriber, now: Temporal.Instant) {
  const suppression = await findSuppression(db, person.email);
  return {
    made_at: iso(now.epochMilliseconds),
    person: {
      email: person.email,
      name: person.name,
      language: person.language,
      time_zone: person.time_zone,
      mailbox_provider: person.lane,
      token: person.token,
      created_at: iso(person.created_at),
    },
    subscriptions: await subscriptions(db, person, now),
    consents: await consents(db, person),
    editions: await editions(db, person),
    other_mail: await otherMail(db, person),
    no_mail: suppression ? { reason: suppression.reason, since: iso(suppression.at) } : null,
  };
}

async function subscriptions(db: Db, person: Subscriber, now: Temporal.Instant) {
  const all = await subscriptionsOf(db, person.id, now);
  return all.map((each) => ({
    newsletter: each.slug,
    name: each.name,
    state: each.state,
    rhythm: each.rhythm,
    sections: each.sections,
    hour: each.hour,
    asked_at: iso(each.createdAt),
    confirmed_at: iso(each.confirmedAt),
    paused_until: iso(each.pausedUntil),
    left_at: iso(each.leftAt),
  }));
}

async function consents(db: Db, person: Subscriber) {
  const rows = await db
    .selectFrom('consents')
    .leftJoin('newsletters', 'newsletters.id', 'consents.newsletter_id')
    .selectAll('consents')
    .select('newsletters.slug')
    .where('subscriber_id', '=', person.id)
    .orderBy('consents.id')
    .execute();
  return rows.map((row) => ({
    // What concerns all newsletters names none.
    newsletter: row.slug,
    what: row.what,
    at: iso(row.at),
    source: row.source,
    page: row.page,
    ip: row.ip,
    user_agent: row.user_agent,
    wording: row.wording,
    language: row.language,
  }));
}

async function editions(db: Db, person: Subscriber) {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .selectAll('deliveries')
    .select(['newsletters.slug', 'editions.name'])
    .where('deliveries.subscriber_id', '=', person.id)
    .orderBy('deliveries.id')
    .execute();
  return rows.map((row) => ({
    edition: `${row.slug}/${row.name}`,
    revision: row.revision,
    state: row.state,
    reason: row.reason,
    sections: row.variant === null ? null : (JSON.parse(row.variant) as string[]),
    due_at: iso(row.due_at),
    first_tried_at: iso(row.first_tried_at),
    sent_at: iso(row.sent_at),
    tries: row.tries,
    reply: row.response,
  }));
}

async function otherMail(db: Db, person: Subscriber) {
  const rows = await db
    .selectFrom('notices')
    .select(['kind', 'to_address', 'state', 'created_at', 'sent_at', 'tries', 'response'])
    .where((eb) => eb.or([eb('to_address', '=', person.email), carriesToken(person.token)]))
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    what: row.kind,
    to: row.to_address,
    state: row.state,
    asked_at: iso(row.created_at),
    sent_at: iso(row.sent_at),
    tries: row.tries,
    reply: row.response,
  }));
}

function iso(at: number): string;
function iso(at: number | null): string | null;
function iso(at: number | null): string | null {
  return at === null ? null : Temporal.Instant.fromEpochMilliseconds(at).toString();
}
