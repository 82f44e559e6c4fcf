import type { ReaderLine } from '../subscribers/find.ts';
import type { SuppressionReason } from '../subscribers/suppression.ts';

/** How people read the state of a subscription. */
export const STANDINGS: Record<ReaderLine['state'], string> = {
  active: 'reads',
  paused: 'paused',
  pending: 'not confirmed',
  unsubscribed: 'left',
  suppressed: 'gets no mail',
};

/** Why an address gets no mail, and since when: `the mailbox is gone, 2026-11-24`. */
export function whyNoMail({ reason, at }: { reason: string; at: number }): string {
  return `${SUPPRESSED[reason] ?? reason}, ${day(at)}`;
}

/** What a reason for getting no mail means. */
export const SUPPRESSED: Record<string, string> = {
  gone: 'the mailbox is gone',
  soft: 'the mailbox refused too often',
  complaint: 'they complained',
  erased: 'they were removed',
  moved: 'they took another address',
  operator: 'it was blocked',
} satisfies Record<SuppressionReason, string>;

/** @param at ms UTC. @returns `2026-11-24`. */
export function day(at: number): string {
  return minute(at).slice(0, 10);
}

/** @param at ms UTC. @returns `2026-11-24 06:00`. */
export function minute(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString().slice(0, 16).replace('T', ' ');
}
