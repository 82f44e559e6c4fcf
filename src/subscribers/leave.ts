import type { Db } from '../database/connect.ts';
import { RefusedError } from '../refused-error.ts';
import { type Origin, recordConsent } from './consent.ts';
import { subscriberByToken } from './subscribers.ts';

/** How long leaving can be taken back, ms. */
export const UNDO_WITHIN = 3_600_000;

/** Leaves one newsletter, at once and for good. Leaving again, or without having been there, changes nothing. */
export async function leaveNewsletter(
  db: Db,
  token: string,
  newsletterId: number,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  await leave(db, token, newsletterId, origin, now);
}

/** Leaves every newsletter of this publisher. */
export async function leaveEverything(
  db: Db,
  token: string,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  await leave(db, token, null, origin, now);
}

/**
 * Takes back the last leaving of this newsletter, and what was left together with it: all is as it was before.
 * @throws RefusedError when it is more than an hour ago, or was never left.
 */
export async function undoLeaving(
  db: Db,
  token: string,
  newsletterId: number,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const person = await subscriberByToken(tx, token);
    const left = await tx
      .selectFrom('subscriptions')
      .select('left_at')
      .where('subscriber_id', '=', person?.id ?? 0)
      .where('newsletter_id', '=', newsletterId)
      .where('state', '=', 'unsubscribed')
      .executeTakeFirst();
    const at = now.epochMilliseconds;
    if (person === undefined || left?.left_at == null || left.left_at < at - UNDO_WITHIN) {
      throw new RefusedError('Leaving can be taken back for an hour; that hour is over.');
    }
    const restored = await tx
      .updateTable('subscriptions')
      .set((eb) => ({
        // What it was before still shows in the other columns.
        state: eb
          .case()
          .when('confirmed_at', 'is', null)
          .then('pending' as const)
          .when('paused_until', '>', at)
          .then('paused' as const)
          .else('active' as const)
          .end(),
        left_at: null,
      }))
      .where('subscriber_id', '=', person.id)
      .where('state', '=', 'unsubscribed')
      .where('left_at', '=', left.left_at)
      .returning('newsletter_id')
      .execute();
    for (const { newsletter_id } of restored) {
      const who = { subscriberId: person.id, newsletterId: newsletter_id };
      await recordConsent(tx, who, 'undone', origin, now);
    }
  });
}

/** @param newsletterId null: all of them. */
async function leave(
  db: Db,
  token: string,
  newsletterId: number | null,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const person = await subscriberByToken(tx, token);
    if (person === undefined) return;
    const at = now.epochMilliseconds;
    const { numUpdatedRows } = await tx
      .updateTable('subscriptions')
      .set({ state: 'unsubscribed', left_at: at })
      .where('subscriber_id', '=', person.id)
      .where((eb) =>
        newsletterId === null
          ? // Who has just left one and then leaves everything can take all of it back together.
            eb.or([eb('state', '!=', 'unsubscribed'), eb('left_at', '>=', at - UNDO_WITHIN)])
          : eb.and({ newsletter_id: newsletterId }).and('state', '!=', 'unsubscribed'),
      )
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await recordConsent(tx, { subscriberId: person.id, newsletterId }, 'left', origin, now);
  });
}
