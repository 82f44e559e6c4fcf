import type { Db } from '../database/connect.ts';
import type { ConsentAct } from '../database/tables/subscribers.ts';

/** Where a person's act came from: what a record of consent must be able to show (GDPR art. 7(1)). */
export interface Origin {
  /** `form`, `page`, `one-click`, `import FILE`, `command`. */
  source: string;
  ip?: string | null;
  /** The page whose button was pressed; never with a personal link in it. */
  page?: string | null;
  userAgent?: string | null;
}

/** The exact words that were agreed to. */
export interface Wording {
  text: string;
  language: string;
}

/** Adds one line to the record of what a person agreed to or withdrew; `newsletterId` null: all newsletters. */
export async function recordConsent(
  tx: Db,
  who: { subscriberId: number; newsletterId: number | null },
  what: ConsentAct,
  origin: Origin,
  now: Temporal.Instant,
  wording?: Wording,
): Promise<void> {
  await tx
    .insertInto('consents')
    .values({
      subscriber_id: who.subscriberId,
      newsletter_id: who.newsletterId,
      what,
      at: now.epochMilliseconds,
      ip: origin.ip ?? null,
      wording: wording?.text ?? null,
      language: wording?.language ?? null,
      page: origin.page ?? null,
      // A stranger's string: enough of it to tell the browser.
      user_agent: origin.userAgent?.slice(0, 300) ?? null,
      source: origin.source,
    })
    .execute();
}
