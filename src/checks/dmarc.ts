import type { Config } from '../config.ts';
import { readDkimKeys } from '../delivery/dkim/key-files.ts';
import { keysFor } from '../delivery/dkim/keys.ts';
import type { Dns } from '../dns.ts';
import { type Check, failed, look } from './check.ts';
import { type Dmarc, isAligned, readDmarc } from './dmarc-record.ts';
import type { Part, SendingDomain } from './senders.ts';

/**
 * What the sender's domain asks receivers to do with mail that is not its own (RFC 9989), and whether ours passes for
 * its own: by the domain that signs, and by that of the return path.
 * @throws DnsError
 */
export async function checkDmarc(
  dns: Dns,
  sending: SendingDomain,
  config: Pick<Config, 'dkim' | 'dkimFolder' | 'bounceDomain'>,
): Promise<Part> {
  const { domain, address, returnPath } = sending;
  const dmarc = await readDmarc(dns, domain);
  if (dmarc === null) {
    return {
      good: null,
      checks: [
        look(
          'DMARC',
          `_dmarc.${domain} has none; Gmail, Yahoo and Outlook ask it of everybody who writes to many`,
          `publish  _dmarc.${domain}. TXT "v=DMARC1; p=none; rua=mailto:${address}"`,
        ),
      ],
    };
  }
  const bySpf = dmarc.strictSpf ? returnPath === domain : await isAligned(dns, domain, returnPath);
  const alignment = checkAlignment(sending, dmarc, { bySpf, byDkim: signsAligned(domain, dmarc, config) });
  if (dmarc.policy === 'none') {
    const weak = look(
      'DMARC',
      `${dmarc.text}  works; receivers trust p=quarantine more`,
      `publish  _dmarc.${domain}. TXT "${stronger(dmarc, sending)}"`,
    );
    return { good: null, checks: [weak, ...alignment] };
  }
  const testing = dmarc.testing ? ', in test (t=y)' : '';
  return { good: `DMARC ✓ (p=${dmarc.policy}${testing})`, checks: alignment };
}

/** null: the relay signs, with what domain is not known here. Ours is the sender's or one above. */
function signsAligned(
  domain: string,
  { strictDkim }: Dmarc,
  { dkim, dkimFolder }: Pick<Config, 'dkim' | 'dkimFolder'>,
): boolean | null {
  if (dkim === 'relay') return null;
  return !strictDkim || keysFor(readDkimKeys(dkimFolder), domain).every((key) => key.domain === domain);
}

function checkAlignment(
  { domain, returnPath }: SendingDomain,
  { text, policy }: Dmarc,
  { bySpf, byDkim }: { bySpf: boolean; byDkim: boolean | null },
): Check[] {
  if (byDkim === false) {
    const found = `${text}  wants mail signed by ${domain} itself (adkim=s), and a domain above it signs`;
    const todo = `broadsheet dkim make ${domain}`;
    return [bySpf || policy === 'none' ? look('DMARC', found, todo) : failed('DMARC', found, todo)];
  }
  if (bySpf || returnPath === domain) return [];
  return [
    look(
      'DMARC',
      `bounces come to ${returnPath}, which does not count as ${domain}: SPF proves nothing, only DKIM does`,
      `set BOUNCE_DOMAIN to a name below ${domain}`,
    ),
  ];
}

/** The same record, one step further; a domain below the one that has it gets its own. */
function stronger({ at, text }: Dmarc, { domain, address }: SendingDomain): string {
  if (at !== domain) return `v=DMARC1; p=quarantine; rua=mailto:${address}`;
  const further = /\bp\s*=\s*none/i.test(text)
    ? text.replace(/\bp\s*=\s*none/i, 'p=quarantine')
    : text.replace(/;|$/, '; p=quarantine;');
  return /\brua\s*=/i.test(text) ? further : `${further.replace(/;?\s*$/, '')}; rua=mailto:${address}`;
}
