/** Parameters that say where a reader came from and nothing about the page. */
const TRACKING =
  /^(?:utm_.*|fbclid|gclid|gbraid|wbraid|dclid|yclid|msclkid|twclid|ttclid|igshid|igsh|mc_[ce]id|_hs(?:enc|mi)|mkt_tok|oly_(?:anon|enc)_id|vero_id|wickedid|__twitter_impression|at_(?:medium|campaign|custom\d*|link_.*|format|bbc_team|ptr_name)|ns_(?:mchannel|source|campaign|linkname|fee)|cmp(?:id)?|icid|ncid|xtor|wt[._]mc(?:_id)?|s_cid|smid|rss_id|ftag|traffic_source|spm|soc_(?:src|trk)|guce_.*|ref_src|ref_url|amp_?js_v|usqp|trk(?:Campaign|_.*)?|partner_source)$/i;

/**
 * The link as a reader should follow it: absolute, http(s), without parameters and fragments that only track.
 * @param base what relative links are relative to.
 * @returns null for what is no link to a web page.
 */
export function cleanLink(link: string | null | undefined, base?: string | null): string | null {
  const text = (link ?? '').trim().replace(/[\t\n\r]/g, '');
  if (text === '' || text.length > 4096) return null;
  const url = parseUrl(text, base);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return null;
  url.username = '';
  url.password = '';
  for (const name of [...url.searchParams.keys()]) if (TRACKING.test(name)) url.searchParams.delete(name);
  if (/^#(?:xtor|utm_|ref=|:~:text|comments?$|respond$)/i.test(url.hash)) url.hash = '';
  return url.href;
}

function parseUrl(text: string, base: string | null | undefined): URL | null {
  return URL.parse(text, base && /^https?:/i.test(base) ? base : undefined);
}
