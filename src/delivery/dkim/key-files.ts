import { generateKeyPairSync } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { RefusedError } from '../../refused-error.ts';
import { type DkimKey, dkimKey, LEAST_BITS } from './keys.ts';

/** What a key is for, and what its file's name ends in: only a `.pem` signs. */
const SUFFIXES = { signs: '.pem', next: '.pem.next', former: '.pem.old' } as const;
export type KeyUse = keyof typeof SUFFIXES;

export interface KeyFile {
  key: DkimKey;
  use: KeyUse;
  path: string;
  /** When it was made, or was taken out of use. */
  since: Temporal.Instant;
}

/**
 * Reads the keys that sign: those that lie in `folder/DOMAIN/SELECTOR.pem`.
 * @returns by domain; empty when there is no such folder.
 * @throws RefusedError naming the file that is no private key fit for DKIM: a message is never sent unsigned for it.
 */
export function readDkimKeys(folder: string): Map<string, DkimKey[]> {
  const files = listKeyFiles(folder, ['signs']);
  const byDomain = Map.groupBy(files, ({ key }) => key.domain);
  return new Map([...byDomain].map(([domain, own]) => [domain, own.map(({ key }) => key)]));
}

/** All keys in `folder` of these uses, by domain and name. @throws RefusedError naming the file that is none. */
export function listKeyFiles(folder: string, uses: KeyUse[] = ['signs', 'next', 'former']): KeyFile[] {
  const domains = entries(folder).filter((name) => isFolder(join(folder, name)));
  return domains.flatMap((domain) =>
    entries(join(folder, domain)).flatMap((name) => {
      const use = uses.find((each) => name.endsWith(SUFFIXES[each]));
      if (use === undefined) return [];
      return readKeyFile(join(folder, domain, name), domain, name.slice(0, -SUFFIXES[use].length), use);
    }),
  );
}

/**
 * Makes a key: it signs from now on where the domain has none that does; else it waits, since its record must be
 * published before it signs (RFC 6376 section 3.1).
 * @throws RefusedError when the domain has or had a key of this selector: nothing is written over.
 */
export function makeKeyFile(
  folder: string,
  { domain, selector, ed25519 }: { domain: string; selector: string; ed25519: boolean },
): KeyFile {
  const own = join(folder, domain);
  const there = entries(own);
  const taken = Object.values(SUFFIXES).map((suffix) => `${selector}${suffix}`);
  const found = there.find((name) => taken.includes(name.toLowerCase()));
  if (found !== undefined) {
    throw new RefusedError(
      `${join(own, found)} is there already, and a key is never written over. Choose another name for it:  broadsheet dkim make ${domain} --selector ${selector}b`,
    );
  }
  const use = there.some((name) => name.endsWith(SUFFIXES.signs)) ? 'next' : 'signs';
  const path = join(own, `${selector}${SUFFIXES[use]}`);
  try {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    writeFileSync(path, newKey(ed25519), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new RefusedError(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return readKeyFile(path, domain, selector, use);
}

/** Lets a key that waited sign, and those of its kind before it no more. At no moment is there none. */
export function putToUse(next: KeyFile, before: KeyFile[], now: Temporal.Instant): void {
  renameSync(next.path, withUse(next, 'signs'));
  for (const former of before) {
    const path = withUse(former, 'former');
    renameSync(former.path, path);
    const seconds = now.epochMilliseconds / 1000;
    utimesSync(path, seconds, seconds);
  }
}

function withUse({ path, use }: KeyFile, wanted: KeyUse): string {
  return path.slice(0, -SUFFIXES[use].length) + SUFFIXES[wanted];
}

function newKey(ed25519: boolean): string {
  const { privateKey } = ed25519
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: LEAST_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function readKeyFile(path: string, domain: string, selector: string, use: KeyUse): KeyFile {
  let pem: string;
  let since: number;
  try {
    pem = readFileSync(path, 'utf8');
    since = Math.floor(statSync(path).mtimeMs);
  } catch (error) {
    throw new RefusedError(
      `${path}: the DKIM key cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  const key = dkimKey(pem, domain.toLowerCase(), selector.toLowerCase(), path);
  return { key, use, path, since: Temporal.Instant.fromEpochMilliseconds(since) };
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
