import type { Context } from '../context.ts';
import { readRevision } from '../editions/read-revision.ts';
import { type ComposedMessage, composeEdition } from '../messages/compose.ts';
import { linkKeys } from '../subscribers/links.ts';

/** A rendered variant: what a recipient's message is made of. */
type Composed = Pick<ComposedMessage, 'forRecipient'>;

/**
 * Renders what the readers of `variant` (a subscription's `sections`) get of a revision; null: nothing in it is
 * for them.
 */
export type Compose = (
  editionId: number,
  revision: number,
  variant: string | null,
) => Promise<Composed | null>;

/** Variants kept rendered; some 100 kB each. */
const KEPT = 64;

/** Renders each variant of each revision once, however many connections ask at the same time. */
export function editionComposer({
  db,
  config,
  secrets,
}: Pick<Context, 'db' | 'config' | 'secrets'>): Compose {
  const rendered = new Map<string, Promise<Composed | null>>();

  async function render(editionId: number, number: number, variant: string | null): Promise<Composed | null> {
    const { publicUrl, bounceDomain } = config;
    const sections = variant === null ? null : (JSON.parse(variant) as string[]);
    const revision = await readRevision(db, editionId, number);
    return composeEdition(revision, sections, { publicUrl, bounceDomain, keys: linkKeys(secrets) });
  }

  return (editionId, revision, variant) => {
    const key = `${editionId} ${revision} ${variant}`;
    const known = rendered.get(key);
    if (known !== undefined) return known;
    const fresh = render(editionId, revision, variant);
    rendered.set(key, fresh);
    // A failure is not kept: what caused it may be mended.
    fresh.catch(() => rendered.delete(key));
    const [oldest] = rendered.keys();
    if (rendered.size > KEPT && oldest !== undefined) rendered.delete(oldest);
    return fresh;
  };
}
