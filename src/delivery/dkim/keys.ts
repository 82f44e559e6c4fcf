import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { RefusedError } from '../../refused-error.ts';

/** A private key that signs for one domain. */
export interface DkimKey {
  domain: string;
  selector: string;
  algorithm: 'rsa-sha256' | 'ed25519-sha256';
  /** Of an RSA key. */
  bits: number | null;
  /** Several objects of the same key: a single one lets only one thread sign at a time. */
  handles: KeyObject[];
  /** The value of the TXT record at `SELECTOR._domainkey.DOMAIN` (RFC 6376 section 3.6.1). */
  record: string;
}

/** As many as the thread pool has threads. */
const HANDLES = 4;
/** RFC 8301 section 3.2: shorter keys are no protection. */
export const LEAST_BITS = 2048;

/** The key of a PEM text. @throws RefusedError when DKIM cannot use it; `where` names the file. */
export function dkimKey(pem: string, domain: string, selector: string, where: string): DkimKey {
  const handles = Array.from({ length: HANDLES }, () => privateKey(pem, where));
  const [first] = handles as [KeyObject];
  const record = publicRecord(first);
  if (first.asymmetricKeyType === 'ed25519') {
    return { domain, selector, algorithm: 'ed25519-sha256', bits: null, handles, record };
  }
  if (first.asymmetricKeyType !== 'rsa') {
    throw new RefusedError(`${where}: expected an RSA or Ed25519 key, found ${first.asymmetricKeyType}.`);
  }
  const bits = first.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < LEAST_BITS) {
    throw new RefusedError(
      `${where}: expected an RSA key of at least ${LEAST_BITS} bits, found ${bits}. Receivers ignore it: make another with \`broadsheet dkim make ${domain}\`.`,
    );
  }
  return { domain, selector, algorithm: 'rsa-sha256', bits, handles, record };
}

/**
 * The keys that may sign for mail from `domain`: its own, else those of the nearest parent, which align with it
 * (RFC 9989 section 4.4.1).
 */
export function keysFor(keys: Map<string, DkimKey[]>, domain: string): DkimKey[] {
  for (let name = domain.toLowerCase(); name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    const found = keys.get(name);
    if (found !== undefined) return found;
  }
  return [];
}

/** Where its record stands. */
export function recordName({ selector, domain }: Pick<DkimKey, 'selector' | 'domain'>): string {
  return `${selector}._domainkey.${domain}`;
}

/** `RSA, 2048 bits`. */
export function kindOfKey({ bits }: Pick<DkimKey, 'bits'>): string {
  return bits === null ? 'Ed25519' : `RSA, ${bits} bits`;
}

function privateKey(pem: string, where: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new RefusedError(`${where}: expected a private key in PEM form (-----BEGIN PRIVATE KEY-----).`);
  }
}

/** RFC 6376 section 3.6.1 for RSA, RFC 8463 section 4 for Ed25519: there the 32 bytes of the key alone. */
function publicRecord(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return key.asymmetricKeyType === 'ed25519'
    ? `v=DKIM1; k=ed25519; p=${der.subarray(-32).toString('base64')}`
    : `v=DKIM1; k=rsa; p=${der.toString('base64')}`;
}
