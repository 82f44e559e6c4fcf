import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeKeyFile } from '../../../src/delivery/dkim/key-files.ts';
import { openKeyring } from '../../../src/delivery/dkim/keyring.ts';
import { createLog } from '../../../src/log.ts';
import { temporaryFolder } from '../../setup/command-line.ts';

const DOMAIN = 'news.example';

/** A keyring with one key, in a folder of its own. */
function keyring() {
  const folder = join(temporaryFolder(), 'keys');
  const key = makeKeyFile(folder, { domain: DOMAIN, selector: 'bs1', ed25519: true });
  const lines: { cause: string }[] = [];
  const log = createLog('info', { destination: { write: (line) => lines.push(JSON.parse(line)) } });
  let at = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => at);
  onTestFinished(() => clock.mockRestore());
  const keysOf = openKeyring(folder, log);
  const selectors = (seconds: number) => {
    at = seconds * 1000;
    return keysOf(DOMAIN).map(({ selector }) => selector);
  };
  return { folder, key, lines, selectors };
}

test('keys that vanish for a moment go on signing, and the log says so', () => {
  const { folder, lines, selectors } = keyring();
  renameSync(folder, `${folder}.away`);
  expect(selectors(61)).toEqual(['bs1']);
  // The place where it is mounted.
  mkdirSync(folder);
  expect(selectors(122)).toEqual(['bs1']);
  expect(lines.map(({ cause }) => cause)).toEqual(Array(2).fill(`${folder}: all keys have gone`));
});

test('a file that is no key stops nobody, and a key that is put to use signs within a minute', () => {
  const { folder, lines, selectors } = keyring();
  const broken = join(folder, DOMAIN, 'bs2.pem');
  writeFileSync(broken, 'not a key');
  expect(selectors(61)).toEqual(['bs1']);
  expect(lines[0]?.cause).toContain(broken);
  renameSync(broken, join(folder, DOMAIN, 'bs2.txt'));
  renameSync(join(folder, DOMAIN, 'bs1.pem'), join(folder, DOMAIN, 'bs3.pem'));
  expect(selectors(100)).toEqual(['bs1']);
  expect(selectors(122)).toEqual(['bs3']);
});
