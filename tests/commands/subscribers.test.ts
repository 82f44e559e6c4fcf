import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../setup/command-line.ts';

const NEWSLETTER = `
slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@news.example>
postal_address: 12 Quay Street, Aberdeen
time_zone: Europe/London
rhythms: { weekdays: "0 7 * * 1-5" }
sections: [World, Business, Science]
`;

async function newsroom(others = '') {
  const broadsheet = commandLine();
  const file = (name: string, text: string) => {
    writeFileSync(join(broadsheet.folder, name), text);
    return name;
  };
  await broadsheet('newsletter', 'apply', file('morning.yaml', NEWSLETTER));
  if (others) await broadsheet('newsletter', 'apply', file('others.yaml', others));
  return Object.assign(broadsheet, { file });
}

const CSV = [
  'Email Address,First Name,TAGS,CONFIRM_TIME,NOTES',
  'ada@example.org,Ada,"""World"",""Science""",2024-02-03 04:05:06,x',
  'cy@example,Cy,,,',
  'dora@gmail.com,Dora,,,',
].join('\n');

test('a dry run shows what the columns mean and the first people, and changes nothing', async () => {
  const broadsheet = await newsroom();
  const { code, out } = await broadsheet('subscribers', 'import', broadsheet.file('r.csv', CSV), '--dry-run');
  expect(code).toBe(0);
  expect(out).toMatch(/Email Address +→ email/);
  expect(out).toMatch(/TAGS +→ sections/);
  expect(out).toMatch(/NOTES +not used/);
  expect(out).toMatch(/ada@example\.org +Ada +World, Science +confirmed there/);
  expect(out).toMatch(/1 {2}would be asked by mail to confirm/);
  expect(out).toContain('line 3: “cy@example” is not an address');
  expect((await broadsheet('subscribers', 'list')).out).toBe(' Nobody.');
});

test('import says what became of every row; all refusals go to a file; again changes nothing', async () => {
  const broadsheet = await newsroom();
  const path = broadsheet.file('r.csv', CSV);
  const args = ['subscribers', 'import', path, '--confirmed-elsewhere'];
  const first = await broadsheet(...args, '--refused', 'refused.csv');
  expect(first.out).toMatch(/✓ import +Morning Briefing: 3 rows read/);
  expect(first.out).toMatch(/2 {2}get it from now on, without any mail/);
  const written = readFileSync(join(broadsheet.folder, 'refused.csv'), 'utf8');
  expect(written).toMatch(
    /^line,reason,Email Address,First Name,TAGS,CONFIRM_TIME,NOTES\n3,“cy@example” is not .*,cy@example,Cy,,,\n$/,
  );
  writeFileSync(join(broadsheet.folder, 'mended.csv'), written.replace(',cy@example,', ',cy@example.org,'));
  const mended = await broadsheet('subscribers', 'import', 'mended.csv', '--dry-run', '--json');
  expect(JSON.parse(mended.out)).toMatchObject({ rows: 1, asked: 1, refused: 0 });
  const again = JSON.parse((await broadsheet(...args, '--json')).out);
  expect(again).toMatchObject({ rows: 3, added: 0, already: 2, refused: 1, complete: true });
  expect((await broadsheet('subscribers', 'list')).out).toContain(' 2 readers\n');
});

test('the file that is imported is not written over by what is refused of it', async () => {
  const broadsheet = await newsroom();
  const path = broadsheet.file('r.csv', CSV);
  const { code, err } = await broadsheet('subscribers', 'import', path, '--refused', './r.csv');
  expect(code).toBe(2);
  expect(err).toContain('--refused names r.csv itself, which would be written over: give it another name.');
  expect(readFileSync(join(broadsheet.folder, path), 'utf8')).toBe(CSV);
});

test('a list without names of columns is imported only by who has seen what it is read as', async () => {
  const broadsheet = await newsroom();
  const path = broadsheet.file('bare.csv', 'Ada,ada@example.org,Wrold\n');
  const refused = await broadsheet('subscribers', 'import', path);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('bare.csv has no row of column names, so only its addresses are read');
  expect((await broadsheet('subscribers', 'list')).out).toBe(' Nobody.');
  const { out } = await broadsheet('subscribers', 'import', path, '--yes');
  expect(out).toMatch(/ 1 {2}is asked by mail to confirm$/);
});

test('what was left out of rows is counted, with its lines, before and after', async () => {
  const broadsheet = await newsroom();
  const path = broadsheet.file(
    'r.csv',
    'email,tags,confirmed\na@example.org,Wrold,2099-01-01\nb@example.org,"Wrold,Business",2024-01-01\n',
  );
  for (const flags of [['--dry-run'], []]) {
    const { out } = await broadsheet('subscribers', 'import', path, ...flags);
    expect(out).toContain('Not understood (the people come in all the same)');
    expect(out).toMatch(/ 2 {2}sections: “Wrold” \(World\?\) is not one of them.* line 2, 3$/m);
    expect(out).toMatch(/ 1 {2}confirmed: the date is in the future.*\(“2099-01-01”\) +line 2$/m);
  }
  const json = JSON.parse((await broadsheet('subscribers', 'import', path, '--json')).out);
  expect(json.doubts).toMatchObject([
    { rows: 2, lines: [2, 3] },
    { rows: 1, found: '2099-01-01' },
  ]);
});

test('a file that cannot be read, and a newsletter that is not said, are one sentence each', async () => {
  const broadsheet = await newsroom(NEWSLETTER.replace('morning', 'weekend').replace('Morning', 'Weekend'));
  expect(await broadsheet('subscribers', 'import', 'nowhere.csv')).toMatchObject({
    code: 1,
    err: '✗ Which newsletter? There are morning, weekend: say --newsletter morning.',
  });
  const missing = await broadsheet('subscribers', 'import', 'nowhere.csv', '--newsletter', 'morning');
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('there is no such file') });
  const refused = await broadsheet(
    ...['subscribers', 'import', broadsheet.file('r.csv', CSV), '--newsletter', 'morning'],
    ...['--refused', 'no/such/folder.csv'],
  );
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('cannot be written') });
});

test('add, list, show, export and remove one reader', async () => {
  const broadsheet = await newsroom();
  const run = async (...args: string[]) => (await broadsheet('subscribers', ...args)).out;
  expect(await run('add', 'Ada@Example.org', '--name', '=Ada')).toContain(
    'Ada@Example.org now gets Morning Briefing',
  );
  expect(await run('add', 'ada@example.org')).toContain('already gets Morning Briefing');
  expect(await run('list', '--matching', 'ada@')).toContain(' 1 reader\n');
  expect(JSON.parse(await run('list', '--json'))).toMatchObject({
    counts: { active: 1 },
    readers: [{ email: 'Ada@Example.org', state: 'active', since: '2026-11-24T06:00:00Z' }],
  });
  const shown = JSON.parse(await run('show', 'ada@example.org', '--json'));
  expect(shown).toMatchObject({
    subscriptions: [{ slug: 'morning', createdAt: '2026-11-24T06:00:00Z' }],
    consents: [{ source: 'command', at: '2026-11-24T06:00:00Z' }],
  });
  expect(JSON.stringify(shown)).not.toMatch(/token|key/);
  const csv = (await run('export')).split('\n');
  expect(csv).toEqual([
    'email,name,newsletter,status,rhythm,sections,hour,language,time_zone,created_at,confirmed_at,unsubscribed_at,paused_until',
    "Ada@Example.org,'=Ada,morning,active,weekdays,,,,,2026-11-24T06:00:00Z,2026-11-24T06:00:00Z,,",
  ]);

  const off = ['remove', 'ada@example.org', '--newsletter', 'morning', '--yes'];
  expect(await run(...off)).toContain('no longer gets Morning Briefing');
  expect(await run('show', 'ada@example.org')).toMatch(/morning +left/);
  expect(await broadsheet('subscribers', 'remove', 'ada@example.org')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--yes'),
  });
  expect(await run('remove', 'ada@example.org', '--yes')).toContain('no import brings them back');
  expect(await broadsheet('subscribers', 'show', 'ada@example.org')).toMatchObject({
    code: 1,
    err: '✗ There is no reader ada@example.org. It gets no mail: they were removed, 2026-11-24.',
  });
  expect(await broadsheet('subscribers', 'add', 'ada@example.org')).toMatchObject({
    code: 1,
    err: expect.stringContaining('say --again'),
  });
  expect(await run('add', 'ada@example.org', '--again')).toContain('now gets');
});

test('an address that is not found is answered with the nearest', async () => {
  const broadsheet = await newsroom();
  await broadsheet('subscribers', 'add', 'ada@example.org');
  expect((await broadsheet('subscribers', 'show', 'adda@example.org')).err).toBe(
    '✗ There is no reader adda@example.org. Nearest: ada@example.org.',
  );
  expect((await broadsheet('subscribers', 'show', 'ada')).err).toBe(
    '✗ “ada” is not a mail address: it has no @.',
  );
});
