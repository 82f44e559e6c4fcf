import type { Dns } from '../dns.ts';

/** A DMARC record that counts for a domain, and whose it is (RFC 9989). */
export interface Dmarc {
  /** The domain whose record it is: the sender's own or one above. */
  at: string;
  text: string;
  /** What it asks for mail of this domain: its `p`, or `sp` where the record is of a domain above. */
  policy: 'none' | 'quarantine' | 'reject';
  /** Receivers are to treat it one step more leniently. */
  testing: boolean;
  /** Whether d= and the domain of the return path must be the sender's own, to the letter. */
  strictDkim: boolean;
  strictSpf: boolean;
}

/**
 * The DMARC record for mail from `domain`: its own, else that of the organisational domain above it.
 * @throws DnsError when a name server does not answer.
 */
export async function readDmarc(dns: Dns, domain: string): Promise<Dmarc | null> {
  const walk = await treeWalk(dns, domain);
  const own = walk.find(({ at }) => at === domain);
  const found = own ?? walk.find(({ at }) => at === organisation(walk, domain));
  if (found === undefined) return null;
  const { at, text, tags } = found;
  const asked = (at === domain ? undefined : tags.sp) ?? tags.p ?? 'none';
  return {
    at,
    text,
    policy: asked === 'quarantine' || asked === 'reject' ? asked : 'none',
    testing: tags.t === 'y',
    strictDkim: tags.adkim === 's',
    strictSpf: tags.aspf === 's',
  };
}

/** Whether two domains are of one organisation, as relaxed alignment asks (section 4.4). @throws DnsError */
export async function isAligned(dns: Dns, one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const [first, second] = await Promise.all(
    [one, other].map(async (domain) => organisation(await treeWalk(dns, domain), domain)),
  );
  return first === second;
}

interface Walked {
  at: string;
  text: string;
  tags: Record<string, string>;
}

/** Section 4.10: the domain, then one label less each time; of a long name only the last seven, so that it ends. */
async function treeWalk(dns: Dns, domain: string): Promise<Walked[]> {
  const labels = domain.split('.');
  const above = labels.slice(labels.length > 8 ? -7 : 1);
  const names = [domain, ...above.map((_, at) => above.slice(at).join('.'))];
  const records = await Promise.all(names.map((name) => dns.txt(`_dmarc.${name}`)));
  return names.flatMap((at, index) => {
    const own = (records[index] ?? []).filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text));
    const [text] = own;
    // Several are none.
    return text === undefined || own.length > 1 ? [] : [{ at, text, tags: tagsOf(text) }];
  });
}

/** Section 4.10.2: the highest with a record, unless one says itself that it is the top (`psd`). */
function organisation(walk: Walked[], domain: string): string {
  for (const { at, tags } of walk) {
    if (tags.psd === 'n') return at;
    // A public suffix: what stands one label below it is the organisation.
    if (tags.psd === 'y' && at !== domain)
      return domain
        .split('.')
        .slice(-(at.split('.').length + 1))
        .join('.');
  }
  return walk.at(-1)?.at ?? domain;
}

function tagsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(';').flatMap((tag) => {
      const [name = '', value] = tag.split('=').map((part) => part.trim());
      return value === undefined ? [] : [[name.toLowerCase(), name === 'rua' ? value : value.toLowerCase()]];
    }),
  );
}
