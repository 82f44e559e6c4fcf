import type { Log } from '../../log.ts';
import { readDkimKeys } from './key-files.ts';
import { type DkimKey, keysFor } from './keys.ts';

/** The keys that sign for mail from a domain; empty: none, and it must not leave. */
export type Keyring = (domain: string) => DkimKey[];

/** So often keys are looked for anew, ms: one that is put to use signs without a restart. */
const AGAIN_AFTER = 60_000;
/** The same where a key is missing: somebody is about to make it. */
const MISSING_AGAIN_AFTER = 1_000;

/**
 * The keys of a folder, as they are now. When a later look finds a file that is no key, or none where there were some
 * (the folder is mounted anew, say), those of before go on signing.
 * @throws RefusedError when that is so at the first look.
 */
export function openKeyring(folder: string, log: Log): Keyring {
  let keys = readDkimKeys(folder);
  let readAt = performance.now();

  function readAgain(): void {
    readAt = performance.now();
    try {
      const found = readDkimKeys(folder);
      if (keys.size > 0 && found.size === 0) throw new Error(`${folder}: all keys have gone`);
      keys = found;
    } catch (error) {
      log.error({ cause: (error as Error).message }, 'The DKIM keys cannot be read: those of before sign');
    }
  }

  return (domain) => {
    const age = performance.now() - readAt;
    const missing = keysFor(keys, domain).length === 0;
    if (age > (missing ? MISSING_AGAIN_AFTER : AGAIN_AFTER)) readAgain();
    return keysFor(keys, domain);
  };
}
