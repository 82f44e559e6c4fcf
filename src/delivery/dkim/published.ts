import { createPublicKey, type KeyObject } from 'node:crypto';
import { type DkimKey, LEAST_BITS } from './keys.ts';

/** What DNS has at a key's name. */
export type Published =
  /** `testing`: t=y, by which receivers are told to treat our mail as if it were not signed. */
  | { state: 'published'; publicKey: KeyObject; testing: boolean }
  | { state: 'missing' }
  /** `found`: a clause that says what is there instead: `its p= is empty: the key is revoked`. */
  | { state: 'wrong'; found: string };

/**
 * Judges the TXT records at a key's name as a receiver does (RFC 6376 section 3.6.1): whether they let ours verify.
 * Pure.
 */
export function publishedKey(records: string[], key: Pick<DkimKey, 'algorithm' | 'record'>): Published {
  const wrong = (found: string): Published => ({ state: 'wrong', found });
  const own = records.filter((text) => /(^|;)\s*p\s*=/.test(text));
  const [record] = own;
  if (record === undefined) {
    return records.length === 0
      ? { state: 'missing' }
      : wrong('a TXT record is there, but it is no DKIM key');
  }
  if (own.length > 1) return wrong(`${own.length} records are there, and one is allowed`);
  const tags = readTags(record);
  const { v = 'DKIM1', k = 'rsa', p = '', t = '', h, s } = tags;
  if (v !== 'DKIM1') return wrong(`it begins with v=${v} instead of v=DKIM1`);
  if (p === '') return wrong('its p= is empty, which means that the key is revoked');
  const wanted = readTags(key.record);
  if (k !== wanted.k) return wrong(`it is of kind k=${k}, our key is k=${wanted.k}`);
  if (h !== undefined && !listed(h).includes('sha256'))
    return wrong(`it allows h=${h} only, we sign by sha256`);
  if (s !== undefined && !listed(s).some((each) => each === '*' || each === 'email'))
    return wrong(`it is for s=${s}, not for mail`);
  const publicKey = readPublicKey(k, p);
  if (publicKey === null) {
    return wrong('its p= is no key: was it cut, or a quotation mark pasted into it?');
  }
  if ((publicKey.asymmetricKeyDetails?.modulusLength ?? LEAST_BITS) < LEAST_BITS) {
    return wrong(`it is another key, of ${publicKey.asymmetricKeyDetails?.modulusLength} bits`);
  }
  if (!readPublicKey(wanted.k ?? '', wanted.p ?? '')?.equals(publicKey)) {
    return wrong('it is another key than ours');
  }
  return { state: 'published', publicKey, testing: listed(t).includes('y') };
}

/** `k=v; k=v`, white space around and, in values, within left away: what strings of 255 bytes leave behind. */
function readTags(record: string): Record<string, string> {
  return Object.fromEntries(
    record
      .split(';')
      .filter((tag) => tag.includes('='))
      .map((tag) => {
        const at = tag.indexOf('=');
        return [tag.slice(0, at).trim().toLowerCase(), tag.slice(at + 1).replace(/\s+/g, '')];
      }),
  );
}

function listed(value: string): string[] {
  return value.split(':').map((each) => each.trim());
}

/** What stands before the 32 bytes of an Ed25519 key where it is not bare (RFC 8410 section 4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function readPublicKey(kind: string, p: string): KeyObject | null {
  const bytes = Buffer.from(p, 'base64');
  const key = kind === 'ed25519' ? Buffer.concat([ED25519_PREFIX, bytes]) : bytes;
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
