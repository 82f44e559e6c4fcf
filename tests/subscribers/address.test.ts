import { describe, expect, test } from 'vitest';
import {
  addressFault,
  addressKey,
  laneOf,
  parseAddress,
  suppressionHash,
  suppressionKey,
} from '../../src/subscribers/address.ts';
import { onEachDatabase } from '../setup/databases.ts';

describe('an address', () => {
  test.each([
    'reader@example.org',
    "o'brien+news@mail.example.co.uk",
    'a.b_c=d@example.org',
    'phượng@thư.example',
    'قارئ@example.org',
    'reader@münchen.example',
    `${'a'.repeat(64)}@example.org`,
  ])('%s is accepted', (email) => {
    expect(addressFault(email)).toBeNull();
  });

  test.each([
    ['', 'no @'],
    ['reader', 'no @'],
    ['@example.org', 'before the @'],
    ['a@b@example.org', 'more than one @'],
    ['a b@example.org', 'blank'],
    ['a\r\nBcc: x@example.org', 'blank'],
    ['a\u202Eb@example.org', 'invisible'],
    ['.reader@example.org', 'dot'],
    ['a..b@example.org', 'dot'],
    ['"quoted name"@example.org', 'blank'],
    ['"quoted"@example.org', 'sign'],
    ['<reader@example.org>', 'sign'],
    ['reader@localhost', 'domain'],
    ['reader@192.0.2.7', 'domain'],
    ['reader@[192.0.2.7]', 'domain'],
    ['reader@1.2', 'domain'],
    ['reader@ex%61mple.org', 'domain'],
    ['reader@-example.org', 'domain'],
    ['reader@example..org', 'domain'],
    ['reader@example.org.', 'domain'],
    [`${'a'.repeat(65)}@example.org`, '64'],
    [`${'é'.repeat(33)}@example.org`, '64'],
    [`${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(4)}org`, '254'],
  ])('%j is refused, saying why', (email, why) => {
    expect(addressFault(email)).toContain(why);
  });

  test('is taken without what pasting brings along', () => {
    expect(parseAddress('\uFEFF reader@example.org\u200B\n')).toBe('reader@example.org');
    expect(() => parseAddress('reader@')).toThrow('“reader@” is not a mail address: what follows the @');
  });
});

describe('the key of an address', () => {
  test('is the same for every spelling of it, in local part and domain', () => {
    expect(addressKey('Reader@Example.ORG')).toBe('reader@example.org');
    // One letter, composed and decomposed.
    expect(addressKey('phu\u031Bo\u031B\u0323ng@example.org')).toBe(addressKey('phượng@example.org'));
    expect(addressKey('reader@MÜNCHEN.example')).toBe(addressKey('reader@xn--mnchen-3ya.example'));
  });

  test('keeps dots and tags, which only the provider can read', () => {
    expect(addressKey('first.last+news@gmail.com')).toBe('first.last+news@gmail.com');
  });
});

test.each([
  ['a@gmail.com', 'gmail'],
  ['a@GoogleMail.com', 'gmail'],
  ['a@hotmail.co.uk', 'outlook'],
  ['a@yahoo.com.vn', 'yahoo'],
  ['a@web.de', 'gmx'],
  ['a@me.com', 'icloud'],
  ['a@proton.me', 'protonmail'],
  ['a@gmail.com.example', 'other'],
  ['a@notgmail.com', 'other'],
  ['a@news.example', 'other'],
])('%s is in the lane %s', (email, lane) => {
  expect(laneOf(email)).toBe(lane);
});

onEachDatabase((database) => {
  test('suppressed addresses are hashed with the key that the database keeps', async () => {
    const { db } = await database.create();
    const key = await suppressionKey(db);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const hash = suppressionHash(key, 'reader@example.org');
    expect(hash).not.toContain('reader');
    expect(suppressionHash(await suppressionKey(db), 'reader@example.org')).toBe(hash);
    expect(suppressionHash(key, 'other@example.org')).not.toBe(hash);
    expect(suppressionHash('another key', 'reader@example.org')).not.toBe(hash);
  });
});
