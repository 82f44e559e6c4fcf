import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import type { Answers } from '../../src/init/answers.ts';
import { earlierAnswers } from '../../src/init/earlier-answers.ts';
import { renderFirstNewsletter } from '../../src/init/newsletter-file.ts';
import { writeEnv, writeNewsletterFile } from '../../src/init/write-files.ts';
import { temporaryFolder } from '../setup/command-line.ts';

const ANSWERS: Answers = {
  site: null,
  from: { name: 'Ledger', address: 'news@ledger.example' },
  postalAddress: '12 Quay Street',
  hour: '07:05',
  timeZone: 'Asia/Kathmandu',
  smtpUrl: 'inbox:',
  you: 'me@ledger.example',
};

test('what was answered once is the answer the next time, and the newsletter stays the same one', async () => {
  const path = join(temporaryFolder(), 'newsletter.yaml');
  expect(earlierAnswers({}, path)).toEqual({ answers: {}, newsletter: null });
  expect(await writeNewsletterFile(path, renderFirstNewsletter(ANSWERS, ['World']))).toBeNull();
  const { answers, newsletter } = earlierAnswers({ SMTP_URL: 'inbox:' }, path);
  expect(answers).toEqual({
    from: 'Ledger <news@ledger.example>',
    postalAddress: '12 Quay Street',
    hour: '07:05',
    timeZone: 'Asia/Kathmandu',
    smtp: 'inbox:',
  });
  const evening = renderFirstNewsletter({ ...ANSWERS, hour: '19:00' }, ['World'], newsletter);
  expect(evening).toContain('slug: morning\nname: Morning Briefing\n');
});

test('a newsletter file that is there is kept beside the new one', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'newsletter.yaml');
  writeFileSync(path, 'mine');
  expect(await writeNewsletterFile(path, 'ours')).toBe('newsletter.before.yaml');
  expect(readdirSync(folder).sort()).toEqual(['newsletter.before.yaml', 'newsletter.yaml']);
  expect(readFileSync(join(folder, 'newsletter.before.yaml'), 'utf8')).toBe('mine');
  expect(readFileSync(path, 'utf8')).toBe('ours');
});

test('settings that are there stay, readable for their owner alone, and what the environment overrules is named', async () => {
  const folder = temporaryFolder();
  const path = join(folder, '.env');
  writeFileSync(path, 'SECRET_KEY=mine\nPORT=3999\n', { mode: 0o644 });
  const env = { ...parseEnv(readFileSync(path, 'utf8')), SMTP_URL: 'smtp://elsewhere:25' };
  const written = await writeEnv(folder, env, { SMTP_URL: 'inbox:', ALERT_TO: 'me@ledger.example' });
  expect(written).toMatchObject({ keptKey: true, overridden: ['SMTP_URL'] });
  expect(parseEnv(readFileSync(path, 'utf8'))).toEqual({
    SECRET_KEY: 'mine',
    PORT: '3999',
    SMTP_URL: 'inbox:',
    ALERT_TO: 'me@ledger.example',
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a file that cannot be written is refused in a sentence', async () => {
  const gone = join(temporaryFolder(), 'gone');
  await expect(writeEnv(gone, {}, {})).rejects.toThrow(/^\.env cannot be written: .*May you write in /);
});
