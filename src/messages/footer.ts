import type { Newsletter } from '../newsletters/newsletter.ts';
import { cleanLine } from './clean-text.ts';
import type { Locale } from './locale.ts';

/** What the templates' footers say of the newsletter: who and where, and its site. */
export function footerModel({ publisher, from, postal_address, site }: Newsletter, { words }: Locale) {
  const who = cleanLine(publisher ?? from.name);
  const where = postal_address.split('\n').map(cleanLine).filter(Boolean);
  return {
    // Many write their name as the first line of their address.
    address: (where[0]?.startsWith(who) ? where : [who, ...where]).join(words.comma),
    site: site === undefined ? null : { url: site, host: new URL(site).hostname.replace(/^www\./, '') },
  };
}
