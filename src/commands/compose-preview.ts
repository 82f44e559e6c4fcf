import type { Context } from '../context.ts';
import type { Revision } from '../editions/revision.ts';
import { type ComposedMessage, composeEdition } from '../messages/compose.ts';
import { linkKeys } from '../subscribers/links.ts';

/**
 * A revision as readers of these sections would get it (null: of all), for people to look at: its links open nothing,
 * so it needs no SECRET_KEY. @returns null when there is nothing in it for them.
 */
export async function composePreview(
  { config, secrets }: Pick<Context, 'config' | 'secrets'>,
  revision: Revision,
  sections: string[] | null,
): Promise<ComposedMessage | null> {
  return composeEdition(revision, sections, {
    publicUrl: config.publicUrl,
    bounceDomain: config.bounceDomain,
    keys: linkKeys({
      secretKey: secrets.secretKey ?? 'a preview needs no key of its own',
      secretKeysOld: [],
    }),
  });
}
