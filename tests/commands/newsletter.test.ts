import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../setup/command-line.ts';

const FILE = `slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@ledger.example>
postal_address: 1 Quay, Harbour
time_zone: Europe/London
rhythms: { daily: 0 7 * * *, weekly: 0 9 * * 6 }
`;

function withFile(text: string) {
  const broadsheet = commandLine();
  const write = (given: string) => writeFileSync(join(broadsheet.folder, 'morning.yaml'), given);
  write(text);
  return { broadsheet, write };
}

test('a newsletter is made from its file, tried first, then changed; each time with what comes next', async () => {
  const { broadsheet, write } = withFile(FILE);
  const next = `   next        Tue 24 Nov, 07:00 Europe/London  daily
               Wed 25 Nov, 07:00 Europe/London  daily
               Thu 26 Nov, 07:00 Europe/London  daily`;
  const dry = await broadsheet('newsletter', 'apply', 'morning.yaml', '--dry-run');
  expect(dry.out).toBe(` ! newsletter  morning (Morning Briefing) would be made\n${next}`);
  expect((await broadsheet('newsletter', 'show', 'morning')).code).toBe(1);
  const tried = await broadsheet('newsletter', 'apply', 'morning.yaml', '--dry-run', '--json');
  expect(JSON.parse(tried.out)).toMatchObject({
    slug: 'morning',
    created: true,
    dryRun: true,
    changes: expect.arrayContaining([{ key: 'name', after: 'Morning Briefing' }]),
    next: [{ rhythm: 'daily', at: '2026-11-24T07:00:00Z' }, {}, {}],
  });

  expect((await broadsheet('newsletter', 'apply', 'morning.yaml')).out).toContain(
    'morning (Morning Briefing) is made',
  );
  expect((await broadsheet('newsletter', 'apply', 'morning.yaml')).out).toContain('nothing to change');

  write(`${FILE}approval: required\ntiming: { grace: 90 min }\n`);
  expect(
    (await broadsheet('newsletter', 'apply', 'morning.yaml')).out,
  ).toBe(` ✓ newsletter  morning: 2 changes
               approval      automatic → required
               timing.grace  2 h → 90 min
 ! editors     approval is required, and no editor is named: nobody gets the draft or a reminder
               → editors: [you@news.example]
${next}`);
});

test('what show prints as YAML, apply takes as it is', async () => {
  const { broadsheet, write } = withFile(`${FILE}sections: [World, { name: Sport, lead: false }]\n`);
  await broadsheet('newsletter', 'apply', 'morning.yaml');
  const { out } = await broadsheet('newsletter', 'show', 'morning', '--yaml');
  write(out);
  expect((await broadsheet('newsletter', 'apply', 'morning.yaml')).out).toContain('nothing to change');
});

test('a faulty file changes nothing and tells every fault', async () => {
  const { broadsheet } = withFile(FILE.replace('time_zone', 'timezone').replace('0 7 * * *', '0 25 * * *'));
  const { code, err } = await broadsheet('newsletter', 'apply', 'morning.yaml');
  expect(code).toBe(1);
  expect(err).toBe(`✗ morning.yaml:5:1  unknown key timezone: did you mean time_zone?
  morning.yaml:6:19  rhythms.daily: expected five cron fields such as 0 7 * * 1-5, found "0 25 * * *"`);
  expect((await broadsheet('newsletter', 'list')).out).toContain('There is no newsletter yet.');
  expect((await broadsheet('newsletter', 'apply', 'mornig.yaml')).err).toContain('There is no file');
});
