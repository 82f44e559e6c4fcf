import { describe, expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { changeEdition } from '../../src/editions/change-edition.ts';
import { renderEditionFile } from '../../src/editions/edition-file.ts';
import { approve, beginSending, finish, pause, resume } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { prepareDueEditions } from '../../src/editions/prepare-due.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { RefusedError } from '../../src/refused-error.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from './newsroom.ts';

const NOW = instant('2026-11-24T06:10Z');

/** A draft of the night's six stories: s001 leads, s002 s003 s006 stand in World, s004 s005 in Business. */
async function drafted(db: Db, lines: Record<string, unknown> = {}) {
  const clock = { at: NOW };
  const context = contextOn(db, clock);
  const newsletter = await newsletterOf(db, instant('2026-11-23T12:00Z'), lines);
  await storeTestStories(db, NIGHT);
  const id = await prepareEdition(context, newsletter, 'daily', instant('2026-11-24T07:00Z'));
  const file = async () => renderEditionFile(await readRevision(db, id));
  const change = (text: string) => changeEdition(db, id, { text, name: 'e.yaml' }, 'Mai', clock.at);
  const order = async () => (await readRevision(db, id)).items.map(({ place, code }) => `${place} ${code}`);
  const row = () => db.selectFrom('editions').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return { id, clock, context, file, change, order, row };
}

onEachDatabase((database) => {
  test('what is changed becomes the next revision, told as differences; the old one stays', async () => {
    const { db } = await database.create();
    const { id, file, change, order, row } = await drafted(db);
    const [extra] = await storeTestStories(db, [
      { headline: 'A match was abandoned', published: '2026-11-24T01:00Z', section: 'Sport' },
    ]);
    await approve(db, id, 'Mai', NOW);
    const text = (await file())
      .replace('subject:', 'subject: "Ports: one fund"')
      .replace('- story: s002', '- story: s002\n    drop: true')
      .replace('headline: Chipmaker splits off its packaging arm', 'headline: Chipmaker splits in two')
      .replace('- story: s005\n    place: story', '- story: s005\n    pin: true\n    place: brief');
    const result = await change(`${text}\n  - story: s007\n    section: world\n`);
    expect(result.revision).toBe(2);
    expect(result.changes.map((each) => ('code' in each ? `${each.kind} ${each.code}` : each.kind))).toEqual([
      'text',
      'removed s002',
      'added s007',
      'changed s004',
      'changed s005',
      'changed s005',
    ]);
    expect(await order()).toEqual([
      'lead s001',
      'story s003',
      'story s006',
      'story s007',
      'story s004',
      'brief s005',
    ]);
    const added = (await readRevision(db, id)).items.find((item) => item.storyId === extra);
    expect(added).toMatchObject({ section: 'World', headline: 'A match was abandoned' });
    expect(added?.summary).toContain('The decision takes effect');
    expect((await readRevision(db, id, 1)).items).toHaveLength(6);
    // It was approved as revision 1: this one is not.
    expect(await row()).toMatchObject({ state: 'draft', revision: 2, touched: 1, approved_revision: 1 });
  });

  test('a file of an older revision is refused, and so is one that two store at once', async () => {
    const { db } = await database.create();
    const { file, change } = await drafted(db);
    const text = await file();
    const [one, other] = await Promise.allSettled([
      change(text.replace('subject:', 'subject: One')),
      change(text.replace('subject:', 'subject: Other')),
    ]);
    expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
    const [lost] = [one, other].flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(lost).toBeInstanceOf(RefusedError);
    await expect(change(text.replace('subject:', 'subject: Late'))).rejects.toThrow(
      'morning/2026-11-24 is at revision 2 now and the file shows revision 1',
    );
  });
});

test('a file that is saved as it was stores nothing', async () => {
  const { db } = await sqlite.create();
  const { file, change, row } = await drafted(db);
  expect(await change(await file())).toEqual({ revision: 1, changes: [] });
  expect(await row()).toMatchObject({ revision: 1, touched: 0 });
  expect(await db.selectFrom('revisions').selectAll().execute()).toHaveLength(1);
});

test('moving one story is one move, whatever made room for it', async () => {
  const { db } = await sqlite.create();
  const { file, change } = await drafted(db);
  const text = await file();
  const pieces = text.split(/\n\n(?= {2}#)/);
  const at = pieces.findIndex((piece) => piece.includes('s006'));
  const [moved = ''] = pieces.splice(at, 1);
  pieces.splice(
    pieces.findIndex((piece) => piece.includes('s002')),
    0,
    moved,
  );
  const { changes } = await change(pieces.join('\n\n'));
  expect(changes).toEqual([
    { kind: 'moved', code: 's006', headline: 'Museum returns a bell to its village', from: 4, to: 2 },
  ]);
});

test('faults are told with line and column, all at once', async () => {
  const { db } = await sqlite.create();
  const { file, change } = await drafted(db);
  const text = (await file())
    .replace('- story: s002', '- story: s0022')
    .replace(
      '- story: s003\n    place: story\n    section: World',
      '- story: s003\n    place: lead\n    section: Wrld',
    )
    .replace('- story: s004', '- story: s001');
  const lines = text.split('\n');
  const line = (part: string, nth = 0) =>
    lines.flatMap((each, index) => (each.includes(part) ? [index + 1] : []))[nth];
  const error = await change(text).catch((thrown: Error) => thrown);
  expect(
    String((error as Error).message)
      .split('\n')
      .map((each) => each.trim()),
  ).toEqual([
    `e.yaml:${line('s0022')}:12  there is no story s0022. Nearest: s002, s001, s003`,
    `e.yaml:${line('    place: lead', 1)}:12  there is a lead already: an edition has one`,
    `e.yaml:${line('Wrld')}:14  this newsletter has no section Wrld: did you mean World?`,
    `e.yaml:${line('story: s001', 1)}:12  s001 is there twice`,
  ]);
  await expect(change((await file()).replace('    place: lead', '    place: story'))).rejects.toThrow(
    'no story is the lead',
  );
  await expect(change((await file()).replace('subject:', 'sujet:'))).rejects.toThrow('did you mean subject?');
});

test('a subject of several lines or with control characters cannot become a header of its own', async () => {
  const { db } = await sqlite.create();
  const { id, file, change } = await drafted(db);
  const subject = 'subject: "One\\r\\nBcc: all@example.org\\e[31m"';
  await change((await file()).replace('subject:', subject));
  expect((await readRevision(db, id)).subject).toBe('One Bcc: all@example.org [31m');
});

test('a change stays when later news comes in, and pins a story for good', async () => {
  const { db } = await sqlite.create();
  const { id, clock, context, file, change, order } = await drafted(db);
  await change((await file()).replace('subject:', 'subject: Mine'));
  const before = await order();
  await storeTestStories(db, [{ headline: 'Cabinet resigns', published: '2026-11-24T06:20Z' }]);
  clock.at = instant('2026-11-24T06:30Z');
  await prepareDueEditions(context, new AbortController().signal);
  expect(await order()).toEqual(before);
  expect((await readRevision(db, id)).subject).toBe('Mine');
});

describe('while it goes out', () => {
  async function goingOut(lines: Record<string, unknown> = {}) {
    const { db } = await sqlite.create();
    const drafting = await drafted(db, lines);
    await approve(db, drafting.id, 'Mai', NOW);
    await beginSending(db, drafting.id, NOW);
    return { db, ...drafting };
  }

  test('a correction is in every copy from then on, where editions go out by themselves', async () => {
    const { db, id, file, change, row } = await goingOut();
    await change((await file()).replace('subject:', 'subject: Mended'));
    expect(await row()).toMatchObject({ state: 'sending', revision: 2, approved_revision: 2 });
    const { who, after } = await db
      .selectFrom('audit')
      .select(['who', 'after'])
      .where('what', '=', 'edition.corrected')
      .executeTakeFirstOrThrow();
    expect([who, JSON.parse(after ?? '')]).toEqual(['Mai', { revision: 2 }]);
    await finish(db, id, NOW);
    await expect(change((await file()).replace('Mended', 'Too late'))).rejects.toThrow('has gone out');
  });

  test('a correction by somebody who may not approve it pauses the edition until one who may lets it go on', async () => {
    const { db, id, file, row } = await goingOut({ approval: 'required', editors: ['mai@ledger.example'] });
    const changeBy = async (by: string, subject: string) =>
      changeEdition(
        db,
        id,
        { text: (await file()).replace(/^subject:.*$/m, `subject: ${subject}`), name: 'today.yaml' },
        by,
        NOW,
      );
    await changeBy('Mai', 'By an editor');
    expect(await row()).toMatchObject({ state: 'sending', approved_revision: 2 });
    await changeBy('Jo', 'By a stranger');
    expect(await row()).toMatchObject({
      state: 'paused',
      paused_reason: 'approval',
      state_note: 'revision 3 waits for approval',
      revision: 3,
      approved_revision: 2,
    });
    await resume(db, id, 'Mai', NOW);
    expect(await row()).toMatchObject({ state: 'sending', approved_revision: 3, approved_by: 'Mai' });
  });

  test('it is paused, mended and goes on with what is mended', async () => {
    const { db, id, file, change, row } = await goingOut();
    await pause(db, id, 'person', 'wrong vote count', 'Jo', NOW);
    await change((await file()).replace('subject:', 'subject: Mended'));
    expect(await row()).toMatchObject({ state: 'paused', revision: 2, approved_revision: 1 });
    await resume(db, id, 'Jo', NOW);
    expect(await row()).toMatchObject({
      state: 'sending',
      revision: 2,
      approved_revision: 2,
      approved_by: 'Jo',
    });
  });
});
