import { describe, expect, test } from 'vitest';
import { readSpf } from '../../src/checks/spf-record.ts';
import { publishedDns } from '../setup/published-dns.ts';

const read = (records: Record<string, string[]>, addresses = ['192.0.2.7', '2001:db8::7']) =>
  readSpf(publishedDns(records), 'news.example', addresses);
const of = (record: string, more: Record<string, string[]> = {}) =>
  read({ 'news.example TXT': ['google-site-verification=x', record], ...more });

describe('whom a record lets send', () => {
  test.each([
    ['ip4:192.0.2.0/24 -all', {}, true],
    ['ip4:192.0.2.8 -all', {}, false],
    ['ip6:2001:db8::/32 ~all', {}, true],
    ['-ip4:192.0.2.7 ?all', {}, false],
    ['a -all', { 'news.example A': ['192.0.2.7'] }, true],
    ['a:mail.example/24 -all', { 'mail.example A': ['192.0.2.200'] }, true],
    ['mx -all', { 'news.example MX': ['10 mx.example'], 'mx.example A': ['192.0.2.7'] }, true],
    ['include:relay.example -all', { 'relay.example TXT': ['v=spf1 ip4:192.0.2.7 -all'] }, true],
    ['redirect=relay.example', { 'relay.example TXT': ['v=spf1 ip4:192.0.2.7 -all'] }, true],
    ['-all redirect=relay.example', { 'relay.example TXT': ['v=spf1 ip4:192.0.2.7 -all'] }, false],
    ['exists:%{i}.spf.example -all', {}, false],
  ])('v=spf1 %s', async (terms, more, covers) => {
    expect(await of(`v=spf1 ${terms}`, more)).toMatchObject({ covers, fault: null });
  });
});

test('everything that is included is found, and what is said of all others', async () => {
  const spf = await of('v=spf1 include:one.example redirect=two.example', {
    'one.example TXT': ['v=spf1 include:three.example -all'],
    'two.example TXT': ['v=spf1 ~all'],
    'three.example TXT': ['v=spf1 -all'],
  });
  expect(spf.includes.toSorted()).toEqual(['one.example', 'three.example', 'two.example']);
  expect(spf).toMatchObject({ lookups: 3, all: '~', fault: null });
});

describe('what makes receivers take a record for none', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, at) => [
        `s${at}.example TXT`,
        [at + 1 === length ? 'v=spf1 -all' : `v=spf1 include:s${at + 1}.example -all`],
      ]),
    );

  test('ten lookups are allowed, eleven are not', async () => {
    expect(await of('v=spf1 include:s0.example -all', chain(10))).toMatchObject({ lookups: 10, fault: null });
    expect((await of('v=spf1 include:s0.example -all', chain(11))).fault).toContain('needs 11 DNS lookups');
  });

  test('a record that includes itself comes to an end', async () => {
    const { fault } = await of('v=spf1 include:news.example include:news.example -all');
    expect(fault).toMatch(/needs 30 or more DNS lookups/);
  });

  test.each([
    ['two records', { 'news.example TXT': ['v=spf1 -all', 'v=spf1 mx -all'] }, '2 SPF records'],
    ['a term of no kind', { 'news.example TXT': ['v=spf1 ipv4:192.0.2.1 -all'] }, '"ipv4:192.0.2.1"'],
    ['an include without a name', { 'news.example TXT': ['v=spf1 include: -all'] }, '"include:"'],
    ['an address that is none', { 'news.example TXT': ['v=spf1 ip4:1.2.3 -all'] }, '"1.2.3" is no address'],
    [
      'an include of nothing',
      { 'news.example TXT': ['v=spf1 include:no.example -all'] },
      'no.example has no SPF',
    ],
    [
      'three hosts that are not there',
      { 'news.example TXT': ['v=spf1 a:a.example a:b.example a:c.example -all'] },
      'names 3 hosts',
    ],
  ])('%s', async (_name, records, said) => {
    expect((await read(records)).fault).toContain(said);
  });
});

test('what only begins like SPF is none', async () => {
  expect(await read({ 'news.example TXT': ['v=spf10 -all', 'spf2.0/pra -all'] })).toMatchObject({
    record: null,
  });
});
