import type { Config } from '../config.ts';
import { readDkimKeys } from '../delivery/dkim/key-files.ts';
import { type DkimKey, keysFor, recordName } from '../delivery/dkim/keys.ts';
import { publishedKey } from '../delivery/dkim/published.ts';
import { dkimSignatures } from '../delivery/dkim/signature.ts';
import { verifySignature } from '../delivery/dkim/verify.ts';
import { type Dns, DnsError } from '../dns.ts';
import { type Check, failed, look } from './check.ts';
import type { Part, SendingDomain } from './senders.ts';

/**
 * Whether receivers can verify what our keys sign: a probe is signed, and verified by the record in DNS alone.
 * With `DKIM=relay` only the relay knows; then it says how to see it.
 */
export async function checkDkim(
  dns: Dns,
  { domain }: SendingDomain,
  { dkim, dkimFolder }: Pick<Config, 'dkim' | 'dkimFolder'>,
): Promise<Part> {
  if (dkim === 'relay') {
    const found = `your relay must sign with d=${domain} or above (DKIM=relay); that cannot be seen from here`;
    const todo = 'broadsheet test, to a mailbox of yours: its source must say dkim=pass with that d=';
    return { good: null, checks: [{ mark: 'done', thing: 'DKIM', found, todo }] };
  }
  const keys = keysFor(readDkimKeys(dkimFolder), domain);
  const judged = await Promise.all(keys.map(async (key) => ({ key, found: await judge(dns, key) })));
  const verified = judged.filter(({ found }) => found === null).map(({ key }) => key);
  // One signature that is good is enough; one that is not beside it does no harm.
  const worst = verified.length > 0 ? look : failed;
  const checks: Check[] = judged.flatMap(({ key, found }) => {
    if (found === null) return [];
    const todo = found.todo ?? `publish  ${recordName(key)}. TXT "${key.record}"`;
    return [(found.sure ? worst : look)('DKIM', `${recordName(key)}  ${found.what}`, todo)];
  });
  if (verified.length > 0 && verified.every(({ bits }) => bits === null)) {
    const found = 'only an Ed25519 key signs, and many receivers know only RSA';
    checks.push(look('DKIM', found, `broadsheet dkim make ${domain}`));
  }
  const kinds = verified.map(({ bits }) => (bits === null ? 'Ed25519' : `${bits} bits`)).join(' and ');
  return { good: verified.length > 0 ? `DKIM ✓ (${kinds}, probe verified)` : null, checks };
}

interface Judgement {
  what: string;
  todo?: string;
  /** Whether a receiver would find the same, now. */
  sure: boolean;
}

/** null: what it signs verifies. */
async function judge(dns: Dns, key: DkimKey): Promise<Judgement | null> {
  let records: string[];
  try {
    records = await dns.txt(recordName(key));
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return { what: 'could not be looked up', todo: 'try again, or use --offline', sure: false };
  }
  const published = publishedKey(records, key);
  if (published.state === 'missing')
    return { what: 'is not in DNS: nobody can verify what is signed', sure: true };
  if (published.state === 'wrong') return { what: published.found, sure: true };
  if (published.testing) {
    const what = 'says t=y: receivers treat your mail as if it were not signed';
    return { what, sure: false };
  }
  const signed = Buffer.concat([Buffer.from(await dkimSignatures(probe(key), [key]), 'latin1'), probe(key)]);
  if (verifySignature(signed, key.selector, published.publicKey)) return null;
  return {
    what: 'does not verify what its key signs',
    todo: `broadsheet dkim make ${key.domain}`,
    sure: true,
  };
}

function probe({ domain }: DkimKey): Buffer {
  const lines = [
    `From: <probe@${domain}>`,
    `To: <probe@${domain}>`,
    'Subject: Probe',
    'Date: Thu, 01 Jan 1970 00:00:00 +0000',
    `Message-ID: <probe@${domain}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Never sent: signed, and verified by the record in DNS.',
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
