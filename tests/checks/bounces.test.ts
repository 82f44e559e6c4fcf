import { expect, test } from 'vitest';
import { checkBounces } from '../../src/checks/bounces.ts';
import type { Check } from '../../src/checks/check.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { publishedDns } from '../setup/published-dns.ts';

const HOSTS = { 'bounce.news.example MX': ['10 mx.news.example'], 'mx.news.example A': ['192.0.2.7'] };
const DOMAIN = { BOUNCE_DOMAIN: 'bounce.news.example' };
const LISTENS = { ...DOMAIN, BOUNCE_LISTEN: '0.0.0.0:25' };
const TOPIC = { ...DOMAIN, WEBHOOK_SES_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:bounces' };

async function check(env: NodeJS.ProcessEnv, records: Record<string, string[]> = {}): Promise<Check> {
  const { db } = await sqlite.create();
  const context = testContext(db, { env: { SMTP_URL: 'smtp://relay.example:587', ...env } });
  const checks = await checkBounces(context, publishedDns(records));
  expect(checks.length).toBe(1);
  return checks[0] as Check;
}

test('bounces need a way back: an MX that leads somewhere, and somebody who reads', async () => {
  expect(await check({}, HOSTS)).toMatchObject({
    mark: 'look',
    todo: expect.stringContaining('BOUNCE_DOMAIN'),
  });
  expect(await check(LISTENS)).toMatchObject({
    mark: 'failed',
    todo: expect.stringContaining('publish  bounce.news.example. MX 10 news.example.'),
  });
  expect(await check(LISTENS, { ...HOSTS, 'mx.news.example A': [] })).toMatchObject({ mark: 'failed' });
  expect(await check(DOMAIN, HOSTS), 'nothing reads them').toMatchObject({ mark: 'look' });
  expect(await check(LISTENS, HOSTS)).toMatchObject({
    mark: 'done',
    found: 'bounce.news.example  MX ✓, taken at 0.0.0.0:25',
  });
});

test('where the provider reports them, an MX is only for leaving by mail', async () => {
  expect(await check(TOPIC)).toMatchObject({ mark: 'look' });
  expect(await check({ ...TOPIC, BOUNCE_DOMAIN: '' })).toMatchObject({
    mark: 'done',
    found: 'told by webhook (ses)',
  });
});
