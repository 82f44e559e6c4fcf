import type { Generated } from 'kysely';

/**
 * `hard`: nobody can be reached there; `soft`: not this time; `policy`: it is about us; `complaint`: called spam;
 * `left`: they asked by mail to leave.
 */
export type BounceKind = 'hard' | 'soft' | 'policy' | 'complaint' | 'left';

/** What came back of a delivery; each kind once, so that the same report twice counts once. */
export interface BounceTable {
  id: Generated<number>;
  delivery_id: number;
  edition_id: number;
  kind: BounceKind;
  /** `unknown user`, `mailbox full`, …: `feedback/reasons.ts`; of a complaint its type. */
  reason: string;
  /** Enhanced code, RFC 3463. */
  status: string | null;
  /** What was said, addresses masked. */
  text: string | null;
  /** ms UTC: when we learnt of it. */
  at: number;
}
