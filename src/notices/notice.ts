import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';

/** What a reader can ask a one-hour link for: a copy of their data, its erasure, another address. */
export const ACCESS_PURPOSES = ['export', 'address', 'erase'] as const;
export type AccessPurpose = (typeof ACCESS_PURPOSES)[number];

/** Every kind of mail that is not an edition, with what its text needs. */
export interface NoticeData {
  /** Double opt-in: one link, good for 7 days. */
  confirmation: { newsletterId: number; subscriberToken: string; language: string };
  welcome: { newsletterId: number; subscriberToken: string; language: string };
  /** One-hour link to the present address: it opens what a forwarded copy of an edition may not. */
  access: { newsletterId: number; subscriberToken: string; language: string; purpose: AccessPurpose };
  /** One-hour link to the address that a reader would like to have instead. */
  'new-address': { newsletterId: number; subscriberToken: string; language: string };
  /** To the former address: `address`, masked, has taken its place. */
  'address-changed': { newsletterId: number; subscriberToken: string; language: string; address: string };
  /** The draft, to its editors, `lead_time` before the slot. */
  proof: { editionId: number; revision: number };
  /** An edition that needs approval and has none. */
  reminder: { editionId: number; deadline: number };
  /**
   * An edition as a reader would get it, `[Test r4]`, with links that do nothing. Where none is prepared, what it would
   * be, `[Test]`: at a time (ms UTC), or at the next one (null).
   */
  test: { editionId: number; revision: number } | { newsletterId: number; at: number | null };
  /** To ALERT_TO: something is wrong, or is over. */
  alert: { problem: string; subject: string; text: string; over: boolean };
}

export type NoticeKind = keyof NoticeData;

const HOUR = 3_600_000;

/** How long each kind is worth sending, ms. */
const worthFor: Record<NoticeKind, number> = {
  confirmation: 24 * HOUR,
  welcome: 24 * HOUR,
  access: HOUR,
  'new-address': HOUR,
  'address-changed': 24 * HOUR,
  proof: 12 * HOUR,
  reminder: HOUR,
  test: HOUR,
  alert: 24 * HOUR,
};

/**
 * Queues one notice inside the caller's transaction; `delivery/notices.ts` sends it before any edition.
 * @returns its token.
 */
export async function queueNotice<Kind extends NoticeKind>(
  db: Db,
  kind: Kind,
  to: string,
  data: NoticeData[Kind],
  now: Temporal.Instant,
): Promise<string> {
  const at = now.epochMilliseconds;
  const token = randomBytes(16).toString('hex');
  await db
    .insertInto('notices')
    .values({
      kind,
      to_address: to,
      token,
      data: JSON.stringify(data),
      state: 'queued',
      due_at: at,
      expires_at: at + worthFor[kind],
      created_at: at,
    })
    .execute();
  return token;
}

/** In a query of notices: those that carry the token of this subscriber, whatever address they went to. */
export function carriesToken(subscriberToken: string): RawBuilder<boolean> {
  return sql<boolean>`data like ${`%"subscriberToken":"${subscriberToken}"%`}`;
}
