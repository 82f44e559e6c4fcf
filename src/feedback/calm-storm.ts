import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { BROADSHEET } from '../editions/life.ts';
import { fullName, lockEdition } from '../editions/transition.ts';
import { addressKey } from '../subscribers/address.ts';
import type { FoundDelivery } from './find-delivery.ts';

/**
 * Bounces come one by one: when there are so many of a domain that they suppress nobody until a second edition says the
 * same, those that came before are taken back too. Nothing happens to who was gone in an earlier edition.
 */
export async function calmStorm(tx: Db, delivery: FoundDelivery, now: Temporal.Instant): Promise<void> {
  const person = await tx
    .selectFrom('subscribers')
    .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
    .select(['subscribers.email', 'suppressions.reason'])
    .where('subscribers.id', '=', delivery.subscriber_id)
    .executeTakeFirst();
  // Suppressed already: nothing was held back.
  if (person === undefined || person.reason !== null) return;
  const domain = addressKey(person.email).split('@').at(-1) ?? '';
  const { numAffectedRows = 0n } = await sql`
    delete from suppressions
    where edition_id = ${delivery.edition_id} and reason = 'gone' and who = ${BROADSHEET} and domain = ${domain}
      and address_key in (
        select s.address_key from refusals r join subscribers s on s.id = r.subscriber_id
        where r.edition_id = ${delivery.edition_id} and r.kind = 'gone' and not exists (
          select 1 from refusals p
          where p.subscriber_id = r.subscriber_id and p.edition_id <> r.edition_id and p.kind = 'gone'))`.execute(
    tx,
  );
  if (numAffectedRows === 0n) return;
  const subject = await fullName(tx, await lockEdition(tx, delivery.edition_id));
  await tx
    .insertInto('audit')
    .values({
      who: BROADSHEET,
      what: 'suppressions.removed',
      subject,
      at: now.epochMilliseconds,
      after: JSON.stringify({
        domain,
        people: Number(numAffectedRows),
        why: 'too many of one domain to be true',
      }),
    })
    .execute();
}
