import { describe, expect, test } from 'vitest';
import { isAligned, readDmarc } from '../../src/checks/dmarc-record.ts';
import { publishedDns } from '../setup/published-dns.ts';

const dnsOf = (records: Record<string, string>) =>
  publishedDns(
    Object.fromEntries(Object.entries(records).map(([name, text]) => [`_dmarc.${name} TXT`, [text]])),
  );

describe('the record that counts', () => {
  test('is the own one before that of the organisation, whose sp then speaks', async () => {
    const above = { 'ledger.example': 'v=DMARC1; p=reject; sp=quarantine' };
    expect(await readDmarc(dnsOf(above), 'news.ledger.example')).toMatchObject({
      at: 'ledger.example',
      policy: 'quarantine',
    });
    const own = { ...above, 'news.ledger.example': 'v=DMARC1;p=none;adkim=s' };
    expect(await readDmarc(dnsOf(own), 'news.ledger.example')).toMatchObject({
      at: 'news.ledger.example',
      policy: 'none',
      strictDkim: true,
      strictSpf: false,
    });
  });

  test('is of the organisation, not of who stands between', async () => {
    const records = { 'ledger.example': 'v=DMARC1; p=reject', 'b.ledger.example': 'v=DMARC1; p=none' };
    expect(await readDmarc(dnsOf(records), 'a.b.ledger.example')).toMatchObject({ at: 'ledger.example' });
    const ends = { ...records, 'b.ledger.example': 'v=DMARC1; p=quarantine; psd=n' };
    expect(await readDmarc(dnsOf(ends), 'a.b.ledger.example')).toMatchObject({ at: 'b.ledger.example' });
  });

  test('is none where two are published, or what is there is not DMARC', async () => {
    const two = publishedDns({ '_dmarc.news.example TXT': ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] });
    expect(await readDmarc(two, 'news.example')).toBeNull();
    expect(await readDmarc(dnsOf({ 'news.example': 'v=DMARC12; p=none' }), 'news.example')).toBeNull();
  });

  test('a record without p asks for nothing; t=y is a test', async () => {
    expect(
      await readDmarc(dnsOf({ 'news.example': 'v=DMARC1; rua=mailto:A@x.example' }), 'news.example'),
    ).toMatchObject({
      policy: 'none',
    });
    expect(
      await readDmarc(dnsOf({ 'news.example': 'v=DMARC1; p=reject; t=y' }), 'news.example'),
    ).toMatchObject({
      policy: 'reject',
      testing: true,
    });
  });

  test('a name of many labels is walked in eight questions', async () => {
    const dns = dnsOf({});
    await readDmarc(dns, 'a.b.c.d.e.f.g.h.i.j.ledger.example');
    expect(dns.asked.map((question) => question.split(' ')[0])).toEqual([
      '_dmarc.a.b.c.d.e.f.g.h.i.j.ledger.example',
      '_dmarc.f.g.h.i.j.ledger.example',
      '_dmarc.g.h.i.j.ledger.example',
      '_dmarc.h.i.j.ledger.example',
      '_dmarc.i.j.ledger.example',
      '_dmarc.j.ledger.example',
      '_dmarc.ledger.example',
      '_dmarc.example',
    ]);
  });
});

test('two domains are of one organisation by the records above them, without a list of suffixes', async () => {
  const dns = dnsOf({ 'ledger.example': 'v=DMARC1; p=none', 'co.example': 'v=DMARC1; p=none; psd=y' });
  expect(await isAligned(dns, 'news.ledger.example', 'bounce.ledger.example')).toBe(true);
  expect(await isAligned(dns, 'news.ledger.example', 'other.example')).toBe(false);
  expect(await isAligned(dns, 'a.one.co.example', 'b.one.co.example')).toBe(true);
  expect(await isAligned(dns, 'one.co.example', 'two.co.example'), 'below a public suffix').toBe(false);
});
