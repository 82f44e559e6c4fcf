import { expect, test } from 'vitest';
import { checkHostName } from '../../src/checks/host-name.ts';
import { publishedDns } from '../setup/published-dns.ts';

const dns = publishedDns({
  'mail.news.example A': ['203.0.113.7', '8.8.4.4'],
  '8.8.4.4 PTR': ['mail.news.example'],
  'other.news.example A': ['8.8.8.8'],
  '8.8.8.8 PTR': ['host-8-8-8-8.provider.example'],
  'inside.news.example A': ['10.0.0.7'],
});
const marks = async (host: string) => (await checkHostName(dns, host)).map(({ mark }) => mark);

test('a mail server’s name must lead to an address that leads back to it', async () => {
  expect(await checkHostName(dns, 'mail.news.example')).toEqual([
    { mark: 'done', thing: 'host name', found: 'mail.news.example ⇄ 8.8.4.4' },
  ]);
  expect(await checkHostName(dns, 'other.news.example')).toMatchObject([
    { mark: 'look', todo: 'ask whoever gives you the address:  PTR of 8.8.8.8  other.news.example.' },
  ]);
  expect(await marks('inside.news.example')).toEqual(['look']);
  expect(await marks('localhost')).toEqual(['look']);
  expect(await marks('silent.example')).toEqual(['look']);
});
