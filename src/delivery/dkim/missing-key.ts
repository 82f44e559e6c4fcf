import type { Context } from '../../context.ts';
import { domainOf } from '../../messages/header.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { RefusedError } from '../../refused-error.ts';
import { readDkimKeys } from './key-files.ts';
import { keysFor } from './keys.ts';

/** Why mail cannot be signed, and what to do, as two clauses. */
export interface SigningFault {
  found: string;
  todo: string;
}

/**
 * What keeps the mail of `newsletters` from being signed: to be asked before anything is written down. null: nothing,
 * or nothing has to be signed by us (the relay does so, or it is our own inbox).
 */
export function signingFault(
  newsletters: Pick<Newsletter, 'slug' | 'from'>[],
  { config, secrets }: Pick<Context, 'config' | 'secrets'>,
): SigningFault | null {
  if (config.dkim === 'relay' || secrets.smtpUrls.every((url) => url === 'inbox:')) return null;
  let keys: ReturnType<typeof readDkimKeys>;
  try {
    keys = readDkimKeys(config.dkimFolder);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { found: error.message.replace(/\.$/, ''), todo: 'mend that file, or move it away' };
  }
  const unsigned = newsletters.find(({ from }) => keysFor(keys, domainOf(from.address)).length === 0);
  return unsigned === undefined ? null : missingKey(domainOf(unsigned.from.address), unsigned.slug);
}

function missingKey(domain: string, slug: string): SigningFault {
  return {
    found: `no DKIM key for ${domain}, from where ${slug} is sent, and nothing is sent unsigned`,
    todo: `broadsheet dkim make ${domain}  or, where your relay signs, set DKIM=relay`,
  };
}

/** The same in one sentence. */
export function signingSentence({ found, todo }: SigningFault): string {
  return `${found.charAt(0).toUpperCase()}${found.slice(1)}:  ${todo}`;
}
