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

/** Bytes of rendered variants that are kept: some 300 of an edition with 14 stories, and six sections make 63. */
const KEPT = 64 * 1024 * 1024;
/** Bytes that a variant holds for each character of its HTML and text, its encoded pieces included (measured). */
const PER_CHARACTER = 5;

interface Rendered {
  message: Promise<Composed | null>;
  bytes: number;
}

/**
 * Renders each variant of each revision once, however many connections ask at the same time. Beyond `kept` bytes the
 * one that was asked for the longest time ago is forgotten.
 */
export function editionComposer(
  { db, config, secrets }: Pick<Context, 'db' | 'config' | 'secrets'>,
  { kept = KEPT } = {},
): Compose {
  /** The least recently asked for comes first. */
  const rendered = new Map<string, Rendered>();
  let bytes = 0;

  async function render(
    editionId: number,
    number: number,
    variant: string | null,
  ): Promise<ComposedMessage | null> {
    const { publicUrl, bounceDomain } = config;
    const sections = variant === null ? null : (JSON.parse(variant) as string[]);
    const revision = await readRevision(db, editionId, number);
    return composeEdition(revision, sections, { publicUrl, bounceDomain, keys: linkKeys(secrets) });
  }

  function forget(key: string): void {
    bytes -= rendered.get(key)?.bytes ?? 0;
    rendered.delete(key);
  }

  function weigh(fresh: Rendered, composed: ComposedMessage | null): void {
    fresh.bytes = composed === null ? 0 : (composed.html.length + composed.text.length) * PER_CHARACTER;
    bytes += fresh.bytes;
    for (const [key, oldest] of rendered) {
      if (bytes <= kept || oldest === fresh) break;
      forget(key);
    }
  }

  return (editionId, revision, variant) => {
    const key = `${editionId} ${revision} ${variant}`;
    const known = rendered.get(key);
    if (known !== undefined) {
      rendered.delete(key);
      rendered.set(key, known);
      return known.message;
    }
    const message = render(editionId, revision, variant);
    const fresh: Rendered = { message, bytes: 0 };
    rendered.set(key, fresh);
    message.then(
      (composed) => weigh(fresh, composed),
      // A failure is not kept: what caused it may be mended.
      () => forget(key),
    );
    return message;
  };
}
