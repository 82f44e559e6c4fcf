import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { readDkimKeys } from '../../../src/delivery/dkim/key-files.ts';
import { type DkimKey, dkimKey, keysFor } from '../../../src/delivery/dkim/keys.ts';
import { signingRelay } from '../../../src/delivery/dkim/signing-relay.ts';
import { verifySignature } from '../../../src/delivery/dkim/verify.ts';
import type { Relay } from '../../../src/delivery/relay.ts';
import { composeEdition } from '../../../src/messages/compose.ts';
import { fullEdition, noon, reader, site } from '../../messages/fixtures.ts';
import { temporaryFolder } from '../../setup/command-line.ts';

const pem = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
  ed25519: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
};
const rsa = dkimKey(pem.rsa as string, 'news.example', 'bs1', 'bs1.pem');
const ed25519 = dkimKey(pem.ed25519 as string, 'news.example', 'bs2', 'bs2.pem');

/** Keeps what it is given. */
function keepingRelay(): Relay & { taken: Buffer[] } {
  const taken: Buffer[] = [];
  return {
    taken,
    name: 'mail.example:587',
    connections: 1,
    send: async (_envelope, raw) => {
      taken.push(raw);
      return { kind: 'sent', response: '250 ok' };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What an independent verifier finds with the keys' own records in DNS. */
async function verdicts(raw: Buffer, keys: DkimKey[]) {
  const { results } = await dkimVerify(raw, {
    resolver: async (name: string) => {
      const key = keys.find(({ selector, domain }) => name === `${selector}._domainkey.${domain}`);
      if (key === undefined) throw Object.assign(new Error(), { code: 'ENOTFOUND' });
      return [[key.record]];
    },
  });
  return results.map(({ status: { result, aligned }, selector }) => ({ result, aligned, selector }));
}

async function signed(raw: Buffer, keys: DkimKey[]): Promise<Buffer> {
  const relay = keepingRelay();
  const outcome = await signingRelay(relay, () => keys).send({ from: '', to: 'r@example.org' }, raw);
  expect(outcome.kind).toBe('sent');
  return relay.taken[0] as Buffer;
}

async function message(email: string, name: string | null, revision = fullEdition()): Promise<Buffer> {
  const composed = await composeEdition(revision, null, site);
  if (composed === null) throw new Error('nothing in it');
  return composed.forRecipient({ ...reader, email, name }, noon).raw;
}

describe('a signature of ours', () => {
  test.each([
    ['RSA', [rsa]],
    ['Ed25519', [ed25519]],
    ['both', [rsa, ed25519]],
  ])('with %s is good in the eyes of another', async (_name, keys) => {
    const raw = await signed(await message('reader@example.org', 'Ann O\'Neil "Jr"'), keys);
    const found = await verdicts(raw, keys);
    expect(found).toEqual(
      keys.map(({ selector }) => ({ result: 'pass', aligned: 'news.example', selector })),
    );
  });

  test('covers what a reader relies on, and lets nobody add a second From, Subject or Date', async () => {
    const raw = await signed(await message('reader@example.org', null), [rsa]);
    const signedNames = /\bh=([^;]+);/.exec(raw.toString('latin1'))?.[1]?.split(/\s*:\s*/) ?? [];
    const count = (name: string) => signedNames.filter((each) => each === name).length;
    for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'content-type'])
      expect([name, count(name)]).toEqual([name, 2]);
    for (const name of [
      'list-unsubscribe',
      'list-unsubscribe-post',
      'list-id',
      'feedback-id',
      'mime-version',
    ])
      expect([name, count(name)]).toEqual([name, 1]);
    expect(count('reply-to')).toBeGreaterThan(0);
    for (const name of ['return-path', 'received', 'bcc', 'dkim-signature']) expect(count(name)).toBe(0);
  });

  test('is bad when a letter of the body or a header was changed', async () => {
    const raw = await signed(await message('reader@example.org', null), [rsa]);
    const at = raw.lastIndexOf('html');
    const body = Buffer.from(raw);
    body[at] = 0x48;
    expect((await verdicts(body, [rsa]))[0]?.result).not.toBe('pass');
    const head = Buffer.from(raw.toString('latin1').replace('\r\nSubject: ', '\r\nSubject: x'), 'latin1');
    expect((await verdicts(head, [rsa]))[0]?.result).not.toBe('pass');
    const added = Buffer.from(
      raw.toString('latin1').replace('\r\nSubject: ', '\r\nSubject: A\r\nSubject: '),
      'latin1',
    );
    expect((await verdicts(added, [rsa]))[0]?.result).not.toBe('pass');
  });

  test('is good or bad by our own verifying as it is by another’s', async () => {
    const keys = [rsa, ed25519];
    const raw = await signed(await message('reader@example.org', 'Zoë'), keys);
    const changed = [
      raw,
      Buffer.from(raw.toString('latin1').replace('\r\nSubject: ', '\r\nSubject:  \t'), 'latin1'),
      Buffer.from(raw.toString('latin1').replace('\r\nSubject: ', '\r\nSubject: x'), 'latin1'),
      Buffer.from(raw.toString('latin1').replace('\r\nTo: ', '\r\nTo: a@b.example\r\nTo: '), 'latin1'),
      Buffer.concat([raw, Buffer.from(' \r\n\r\n')]),
      Buffer.concat([raw, Buffer.from('more\r\n')]),
    ];
    const passed = await Promise.all(
      changed.map(async (each) => {
        const theirs = (await verdicts(each, keys)).map(({ result }) => result === 'pass');
        const ours = keys.map(({ selector, handles }) =>
          verifySignature(each, selector, createPublicKey(handles[0] as KeyObject)),
        );
        expect(ours).toEqual(theirs);
        return ours[0];
      }),
    );
    expect(passed).toEqual([true, true, false, false, true, false]);
  });

  test('stands in lines of at most 78 columns', async () => {
    const raw = (await signed(await message('reader@example.org', null), [rsa, ed25519])).toString('latin1');
    for (const line of raw.slice(0, raw.indexOf('From:')).split('\r\n'))
      expect(line.length).toBeLessThanOrEqual(78);
  });
});

test('what Nodemailer signs with the same key says the same of the same message', async () => {
  const raw = await message('reader@example.org', 'Ann');
  const transport = createTransport({
    streamTransport: true,
    buffer: true,
    dkim: { domainName: 'news.example', keySelector: 'bs1', privateKey: pem.rsa as string },
  });
  const { message: theirs } = await transport.sendMail({
    envelope: { from: 'a@b.example', to: 'r@example.org' },
    raw,
  });
  const bodyHash = (signedRaw: Buffer) =>
    /bh=([^;]+);/.exec(signedRaw.toString('latin1'))?.[1]?.replace(/\s+/g, '');
  expect(bodyHash(await signed(raw, [rsa]))).toBe(bodyHash(theirs as Buffer));
});

describe('nothing leaves unsigned', () => {
  test('where there is no key for the domain the relay gets nothing, and the operator is told', async () => {
    const relay = keepingRelay();
    const raw = await message('reader@example.org', null);
    const outcome = await signingRelay(relay, () => []).send({ from: '', to: 'r@example.org' }, raw);
    expect(outcome).toMatchObject({ kind: 'relay', trouble: 'unsigned' });
    expect(outcome.response).toContain('no DKIM key for news.example');
    expect(relay.taken).toEqual([]);
  });

  test('a key of the parent domain signs for its subdomains', () => {
    const keys = new Map([['news.example', [rsa]]]);
    expect(keysFor(keys, 'mail.News.Example')).toEqual([rsa]);
    expect(keysFor(keys, 'badnews.example')).toEqual([]);
  });

  test.each([
    ['a text', 'hello', /expected a private key in PEM form/],
    ['nothing', '', /expected a private key in PEM form/],
    [
      'a short RSA key',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      /at least 2048 bits, found 1024/,
    ],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      /expected an RSA or Ed25519 key, found ec/,
    ],
  ])('%s in place of a key is refused, naming the file', (_name, text, said) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'news.example'));
    writeFileSync(join(folder, 'news.example', 'bs1.pem'), text as string);
    expect(() => readDkimKeys(folder)).toThrow(said);
    expect(() => readDkimKeys(folder)).toThrow(/news\.example\/bs1\.pem/);
  });

  test('every .pem of a domain signs; other files do not', () => {
    const folder = temporaryFolder();
    expect(readDkimKeys(join(folder, 'none')).size).toBe(0);
    mkdirSync(join(folder, 'News.Example'));
    writeFileSync(join(folder, 'News.Example', 'bs1.pem'), pem.rsa);
    writeFileSync(join(folder, 'News.Example', 'bs2.pem'), pem.ed25519);
    writeFileSync(join(folder, 'News.Example', 'bs3.pem.next'), 'not yet');
    expect(
      readDkimKeys(folder)
        .get('news.example')
        ?.map(({ selector, algorithm }) => [selector, algorithm]),
    ).toEqual([
      ['bs1', 'rsa-sha256'],
      ['bs2', 'ed25519-sha256'],
    ]);
  });
});
