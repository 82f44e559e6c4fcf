import type { Newsletter } from '../newsletters/newsletter.ts';
import { cleanLine } from './clean-text.ts';
import type { Locale } from './locale.ts';

/** What footers say of a newsletter, in mail and on pages: who sends it and where they are, and their site. */
export function footerModel({ publisher, from, postal_address, site }: Newsletter, { words }: Locale) {
  const who = cleanLine(publisher ?? from.name);
  const where = postal_address.split('\n').map(cleanLine).filter(Boolean);
  return {
    address: (beginsWith(where[0] ?? '', who) ? where : [who, ...where]).join(words.comma),
    site: site === undefined ? null : { url: site, host: new URL(site).hostname.replace(/^www\./, '') },
  };
}

/** Many write their name as the beginning of their address: as whole words, in whatever case. */
function beginsWith(address: string, name: string): boolean {
  const [a, n] = [address, name].map((text) => text.normalize().toLowerCase()) as [string, string];
  return a.startsWith(n) && !/^[\p{Letter}\p{Number}]/u.test(a.slice(n.length));
}
