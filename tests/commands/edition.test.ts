import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { skip } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { findNewsletter, type Newsletter } from '../../src/newsletters/newsletter.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { commandLine } from '../setup/command-line.ts';
import { sqlite } from '../setup/databases.ts';

/** The morning of 24 November with a draft for 07:00, and the command line on it. */
async function newsroom(
  lines: Record<string, unknown> = {},
  screen: { columns?: number; interactive?: boolean } = {},
) {
  const { db, url } = await sqlite.create();
  const clock = { at: instant('2026-11-24T06:00Z') };
  const newsletter = await newsletterOf(db, instant('2026-11-23T12:00Z'), lines);
  await storeTestStories(db, [
    ...NIGHT.map((story, index) => (index === 0 ? { ...story, cluster: 1 } : story)),
    { headline: 'Flood fund agreed', published: '2026-11-24T03:00Z', source: 'Correo', cluster: 1 },
    { headline: 'Port strike enters second week', published: '2026-11-22T03:00Z' },
    { headline: 'A match was abandoned', published: '2026-11-24T01:00Z', section: 'Sport' },
  ]);
  await prepareEdition(contextOn(db, clock), newsletter, 'daily', instant('2026-11-24T07:00Z'));
  const broadsheet = commandLine({ env: { DATABASE_URL: url }, now: () => clock.at, ...screen });
  return { db, clock, broadsheet };
}

test('an edition is held, let go, approved and taken back, each by name, and told as people read it', async () => {
  const { broadsheet } = await newsroom({ approval: 'required' });
  const decide = async (...args: string[]) => {
    const { out, err } = await broadsheet('edition', ...args);
    return out + err;
  };
  expect(await decide('hold', 'morning', '--by', 'Jo', '--note', 'waiting for legal')).toBe(
    ` ✓ edition     morning/2026-11-24: Held by Jo: waiting for legal
               skipped when it is still held at Tue 24 Nov, 09:00 Europe/London   broadsheet edition release morning/2026-11-24`,
  );
  expect(await decide('approve', 'morning')).toBe(
    '✗ morning/2026-11-24 is held by Jo: waiting for legal (release it first): it cannot be approved now.',
  );
  expect(await decide('release', 'morning', '--by', 'Jo')).toContain('Draft');
  expect(await decide('approve', 'morning/2026-11-24', '--by', 'Mai', '--revision', '1')).toBe(
    ` ✓ edition     morning/2026-11-24: Approved by Mai at 06:00 (revision 1)
               goes out Tue 24 Nov, 07:00 Europe/London`,
  );
  expect(await decide('approve', 'morning', '--undo', '--by', 'Mai')).toContain(
    'skipped when nobody approves it by Tue 24 Nov, 09:00 Europe/London',
  );
  expect(await decide('cancel', 'morning')).toContain(
    'In a script: broadsheet edition cancel morning/2026-11-24 --yes',
  );
  expect(await decide('cancel', 'morning', '--yes', '--by', 'Jo')).toContain('Stopped by Jo');
  // Nobody is asked first about what cannot be.
  expect(await decide('cancel', 'morning/2026-11-24')).toBe(
    '✗ morning/2026-11-24 was stopped by Jo: it cannot be stopped now.',
  );
  expect(await decide('hold', 'morning/2026-11-24')).toBe(
    '✗ morning/2026-11-24 was stopped by Jo: it cannot be held now.',
  );
});

test('who asks for a draft that is not made yet is told when it is, and how to see what it would be', async () => {
  const { broadsheet, clock } = await newsroom();
  const ask = async (...args: string[]) => (await broadsheet('edition', ...args)).err;
  await broadsheet('edition', 'cancel', 'morning', '--yes');
  const tomorrow =
    "The draft of Wednesday's Morning Briefing is made Wed 25 Nov, 06:00 Europe/London. What it would be now: broadsheet preview morning";
  for (const verb of ['edit', 'approve', 'hold', 'cancel'])
    expect(await ask(verb, 'morning')).toBe(`✗ morning has no draft yet. ${tomorrow}`);
  expect(await ask('edit', 'morning/2026-11-25')).toBe(`✗ morning/2026-11-25 has no draft yet. ${tomorrow}`);
  expect(await ask('edit', 'morning/2026-12-02')).toContain("The draft of 2 December's Morning Briefing is");
  expect(await ask('edit', 'morning/2026-11-23')).toContain('There is no edition morning/2026-11-23.');
  expect(await ask('edit', 'evening')).toContain('evening');
  expect(await ask('release', 'morning')).toContain('morning/2026-11-24 was stopped');

  clock.at = instant('2026-11-25T06:30Z');
  expect(await ask('edit', 'morning')).toContain(
    "The draft of today's Morning Briefing was due Wed 25 Nov, 06:00 Europe/London, and is made as soon as Broadsheet runs: broadsheet start.",
  );
});

test('a slug alone means the edition of which that can be decided, be it not the newest', async () => {
  const { db, broadsheet, clock } = await newsroom();
  await db.updateTable('editions').set({ state: 'sending', sending_at: 1 }).execute();
  clock.at = instant('2026-11-24T07:30Z');
  const newsletter = (await findNewsletter(db, 'morning')) as Newsletter;
  await prepareEdition(contextOn(db, clock), newsletter, 'daily', instant('2026-11-25T07:00Z'));
  expect((await broadsheet('edition', 'pause', 'morning')).out).toContain('morning/2026-11-24: Paused by');
  expect((await broadsheet('edition', 'hold', 'morning')).out).toContain('morning/2026-11-25: Held by');
});

test('a headline that mail will cut is shown so, and pointed out', async () => {
  const { db, broadsheet } = await newsroom();
  expect((await broadsheet('edition', 'show', 'morning')).out).not.toContain('!');
  await db
    .updateTable('edition_items')
    .set({ headline: `Harbour ${'masters and pilots '.repeat(15)}finish` })
    .where('place', '=', 'lead')
    .execute();
  const { out } = await broadsheet('edition', 'show', 'morning');
  expect(out).toMatch(/\n ! \w+: its headline has 299 characters; mail cuts it at a word before 140$/);
  expect(out).not.toContain('finish');
});

test('a script gets back where an edition stands after each decision, and what an edit changed', async () => {
  const { broadsheet } = await newsroom({ approval: 'required' });
  const decide = async (...args: string[]) =>
    JSON.parse((await broadsheet('edition', ...args, '--json')).out) as Record<string, unknown>;
  expect(await decide('hold', 'morning', '--by', 'Jo')).toEqual({
    name: 'morning/2026-11-24',
    state: 'held',
    words: 'Held by Jo',
    revision: 1,
    approvedRevision: null,
    goesOutAt: null,
    skippedAt: '2026-11-24T09:00:00Z',
  });
  await decide('release', 'morning');
  const { out: yaml } = await broadsheet('edition', 'show', 'morning', '--yaml');
  writeFileSync(join(broadsheet.folder, 'today.yaml'), yaml.replace('subject:', 'subject: Mended'));
  expect(await decide('edit', 'morning', '--file', 'today.yaml')).toMatchObject({
    name: 'morning/2026-11-24',
    state: 'draft',
    revision: 2,
    changes: [{ kind: 'text', field: 'subject', before: null, after: 'Mended' }],
  });
  expect(await decide('approve', 'morning', '--by', 'Mai')).toMatchObject({
    state: 'approved',
    approvedRevision: 2,
    goesOutAt: '2026-11-24T07:00:00Z',
    skippedAt: null,
  });
  expect(await decide('show', 'morning')).toMatchObject({ edition: { slotAt: '2026-11-24T07:00:00Z' } });
});

test('an edition that is going out is paused, mended and goes on', async () => {
  const { broadsheet, db } = await newsroom();
  expect((await broadsheet('edition', 'pause', 'morning')).err).toBe(
    '✗ morning/2026-11-24 is not going out: there is nothing to pause.',
  );
  await db.updateTable('editions').set({ state: 'sending', sending_at: 1 }).execute();
  const paused = await broadsheet('edition', 'pause', 'morning', '--note', 'wrong vote count', '--by', 'Jo');
  expect(paused.out).toContain('Paused by Jo: wrong vote count');
  const { out: yaml } = await broadsheet('edition', 'show', 'morning', '--yaml');
  writeFileSync(join(broadsheet.folder, 'today.yaml'), yaml.replace('subject:', 'subject: Mended'));
  expect((await broadsheet('edition', 'edit', 'morning', '--file', 'today.yaml')).out).toContain(
    'To go on with it: broadsheet edition resume morning/2026-11-24',
  );
  expect((await broadsheet('edition', 'resume', 'morning', '--by', 'Jo')).out).toContain('Sending');
});

test('on a narrow screen no line is longer than it, and what goes on stands under its beginning', async () => {
  const { broadsheet } = await newsroom({}, { interactive: true, columns: 60 });
  expect((await broadsheet('edition', 'list')).out).toBe(
    ` morning/2026-11-24  Tue 24 Nov, 07:00 Europe/London
                     6 stories  Draft`,
  );
  const lines = [
    ...(await broadsheet('edition', 'show', 'morning')).out.split('\n').slice(1, 10),
    ...(await broadsheet('preview', 'morning')).out.split('\n').filter((line) => /Preheader/.test(line)),
    ...(await broadsheet('status')).out.split('\n').slice(1),
  ];
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  expect(lines.join('\n')).toMatch(/^ Subject {4}Eleven ports .*\n {12}\(automatic\)$/m);
});

test('the story after a withdrawn top story is shown as the top story, as it is composed', async () => {
  const { broadsheet } = await newsroom();
  await broadsheet('stories', 'withdraw', 's001');
  const { out } = await broadsheet('edition', 'show', 'morning');
  expect(out).toMatch(/^ Top story {2}s00[2-9]/m);
  const { out: previewed } = await broadsheet('preview', 'morning');
  expect(/Top story +(s\d+)/.exec(out)?.[1]).toBe(/Top story +(s\d+)/.exec(previewed)?.[1]);
});

test('a misspelt edition is answered with the nearest', async () => {
  const { broadsheet } = await newsroom();
  expect((await broadsheet('edition', 'show', 'morning/2026-11-42')).err).toBe(
    '✗ There is no edition morning/2026-11-42. Nearest: morning/2026-11-24.',
  );
  expect((await broadsheet('edition', 'show', 'mornign')).err).toBe(
    '✗ There is no newsletter mornign. Nearest: morning.',
  );
});

test('list and show tell what is in it and where it stands', async () => {
  const { broadsheet, db } = await newsroom();
  expect((await broadsheet('edition', 'list')).out).toBe(
    ' morning/2026-11-24  Tue 24 Nov, 07:00 Europe/London  6 stories  Draft',
  );
  const { out } = await broadsheet('edition', 'show', 'morning');
  expect(out).toContain('Subject    Eleven ports agree to share one flood fund (automatic)');
  expect(out).toMatch(/^ Greeting {3}Good morning\. Eleven ports agree .* \(automatic\)$/m);
  expect(out).toMatch(/^ Top story {2}s001 {2}Eleven ports agree to share one flood fund/m);
  expect(out).toMatch(/^ Business {3}s004 {2}Chipmaker splits off its packaging arm/m);
  const edition = await db.selectFrom('editions').select('id').executeTakeFirstOrThrow();
  await db
    .updateTable('editions')
    .set({ state: 'sent', sending_at: 1 })
    .where('id', '=', edition.id)
    .execute();
  const [listed] = JSON.parse((await broadsheet('edition', 'list', 'morning', '--json')).out);
  expect(listed).toMatchObject({ name: 'morning/2026-11-24', state: 'sent', words: 'Sent to 0', stories: 6 });
});

test('edit takes a file, stores it as the next revision and prints what is different', async () => {
  const { broadsheet } = await newsroom();
  const file = join(broadsheet.folder, 'today.yaml');
  const { out: yaml } = await broadsheet('edition', 'show', 'morning', '--yaml');
  writeFileSync(file, yaml);
  expect((await broadsheet('edition', 'edit', 'morning', '--file', 'today.yaml')).out).toContain(
    'nothing changed',
  );

  writeFileSync(
    file,
    yaml.replace('subject:', 'subject: One fund').replace('- story: s005', '- story: s005\n    drop: true'),
  );
  await broadsheet('edition', 'approve', 'morning', '--by', 'Mai');
  expect((await broadsheet('edition', 'edit', 'morning', '--file', 'today.yaml', '--by', 'Jo')).out).toBe(
    ` ✓ edition     morning/2026-11-24: revision 2, 2 changes
               the approval by Mai was of revision 1: approve it again
     subject
   - (automatic)
   + One fund
   - s005  Grocers test labels that show the price of a meal

 To let it go: broadsheet edition approve morning/2026-11-24`,
  );
  const shown = (await broadsheet('edition', 'show', 'morning')).out;
  expect(shown).toContain('Subject    One fund');
  expect(shown).toContain('Selection would take');
  expect((await broadsheet('edition', 'show', 'morning', '--revision', '1')).out).toContain(
    'revision 1 of 2',
  );
  expect((await broadsheet('edition', 'edit', 'morning')).err).toContain('--file FILE.yaml');
  expect((await broadsheet('edition', 'edit', 'morning', '--file', '/dev/null')).err).toMatch(
    /^✗ \/dev\/null:1:1 {2}/,
  );
});

test('why says that the whole edition was skipped, and why', async () => {
  const { db, broadsheet } = await newsroom();
  const seen = await db.selectFrom('editions').selectAll().executeTakeFirstOrThrow();
  const why = { reason: 'not_approved', note: 'not approved by 09:00' } as const;
  await skip(db, seen.id, why, instant('2026-11-24T09:00Z'), seen);
  expect((await broadsheet('why', 'morning')).out).toContain('\n Skipped: not approved by 09:00\n');
  expect(JSON.parse((await broadsheet('why', 'morning', '--json')).out).skipped).toEqual(why);
});

test('why explains what is in, what is just out, and counts the rest', async () => {
  const { broadsheet } = await newsroom();
  const { out } = await broadsheet('why', 'morning');
  expect(out).toContain('Morning Briefing, Tuesday 24 November 2026, window 23 Nov 06:55 to 24 Nov 06:00');
  expect(out).toContain(' 9 stories seen, 6 in, 3 out.   score = freshness × source × event × pin');
  expect(out).toMatch(/^ 1 {2}Top story {2}s001 {2}Eleven ports agree to share one flood fund +1\.50$/m);
  expect(out).toContain('.93 fresh (2 h) × 1 Harbour Wire × 1.62 (2 reports)');
  expect(out).toMatch(/^ {3}World {7}s007 {2}Flood fund agreed +1\.39\n +same event as s001/m);
  expect(out).toContain('ALL 3 OUT');
  expect(out).toContain('1 older than the window');
  expect(out).toContain('1 section not in this newsletter');

  const all = (await broadsheet('why', 'morning', '--all')).out;
  expect(all).toContain('published 22 Nov 03:00, before the window');
  expect(all).toContain('Sport is not a section of this newsletter');
  expect((await broadsheet('why', 'morning', '--story', 's009')).out).toContain('Sport is not a section');
  expect((await broadsheet('why', 'morning', '--story', 's0010')).err).toMatch(
    /^✗ There is no story s0010\. Nearest: s001, /,
  );
  const json = JSON.parse((await broadsheet('why', 'morning', '--json')).out);
  expect(json.in).toHaveLength(6);
  expect(json.out[0]).toMatchObject({ code: 's007', reason: 'same_event', parts: { standsFor: 's001' } });
});
