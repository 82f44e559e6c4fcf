import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError } from '../../refused-error.ts';

/** A private key that signs for one domain. */
export interface DkimKey {
  domain: string;
  selector: string;
  algorithm: 'rsa-sha256' | 'ed25519-sha256';
  /** Several objects of the same key: a single one lets only one thread sign at a time. */
  handles: KeyObject[];
  /** The value of the TXT record at `SELECTOR._domainkey.DOMAIN` (RFC 6376 section 3.6.1). */
  record: string;
}

/** As many as the thread pool has threads. */
const HANDLES = 4;
/** RFC 8301 section 3.2: shorter keys are no protection. */
const LEAST_BITS = 2048;

/**
 * Reads the keys that lie in `folder/DOMAIN/SELECTOR.pem`; each of them signs.
 * @returns by domain; empty when there is no such folder.
 * @throws RefusedError naming the file that is no private key fit for DKIM: a message is never sent unsigned for it.
 */
export function readDkimKeys(folder: string): Map<string, DkimKey[]> {
  const keys = new Map<string, DkimKey[]>();
  for (const domain of entries(folder).filter((name) => isFolder(join(folder, name)))) {
    const files = entries(join(folder, domain)).filter((name) => name.endsWith('.pem'));
    const own = files.map((file) => readKey(join(folder, domain, file), domain, file.slice(0, -4)));
    if (own.length > 0) keys.set(domain.toLowerCase(), own);
  }
  return keys;
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

/** The key of a PEM text. @throws RefusedError when DKIM cannot use it; `where` names the file. */
export function dkimKey(pem: string, domain: string, selector: string, where: string): DkimKey {
  const handles = Array.from({ length: HANDLES }, () => privateKey(pem, where));
  const [first] = handles as [KeyObject];
  const record = publicRecord(first);
  if (first.asymmetricKeyType === 'ed25519') {
    return { domain, selector, algorithm: 'ed25519-sha256', handles, record };
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
  return { domain, selector, algorithm: 'rsa-sha256', handles, record };
}

function readKey(path: string, domain: string, selector: string): DkimKey {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RefusedError(
      `${path}: the DKIM key cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  return dkimKey(pem, domain.toLowerCase(), selector.toLowerCase(), path);
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

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new RefusedError(`${folder}: the DKIM keys cannot be read (${code}).`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
