import { expect, test } from 'vitest';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { findNewsletter, namedNewsletter } from '../../src/newsletters/newsletter.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';

const settings = (lines = '') =>
  parseNewsletter(
    `slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@ledger.example>
postal_address: 1 Quay, Harbour
time_zone: Europe/London
rhythms: { daily: 0 7 * * * }
${lines}`,
    'morning.yaml',
  );
const at = (text: string) => Temporal.Instant.from(text);

onEachDatabase((database) => {
  test('a change tells each key with what it was and is, and stands in the audit', async () => {
    const { db } = await database.create();
    await applyNewsletter(db, settings('publisher: Old'), at('2026-11-24T06:00Z'));
    const changed = settings('limits: { more: 4 }\nsections: [World, { name: Sport, stories: 2 }]');
    const { changes } = await applyNewsletter(db, changed, at('2026-11-24T08:00Z'));
    expect(changes.map(({ key }) => key)).toEqual(['sections', 'limits.more', 'publisher']);
    expect(changes[1]).toEqual({ key: 'limits.more', before: 6, after: 4 });
    expect(changes[2]).toEqual({ key: 'publisher', before: 'Old', after: undefined });
    const audit = await db.selectFrom('audit').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow();
    expect(JSON.parse(audit.before ?? '')).toMatchObject({ 'limits.more': 6, publisher: 'Old' });
    // What it looks like is no reason to count the clock anew; when it goes out is.
    expect((await findNewsletter(db, 'morning'))?.enabledAt).toBe(at('2026-11-24T06:00Z').epochMilliseconds);
    await applyNewsletter(db, { ...changed, rhythms: { daily: '0 8 * * *' } }, at('2026-11-24T09:00Z'));
    expect((await findNewsletter(db, 'morning'))?.enabledAt).toBe(at('2026-11-24T09:00Z').epochMilliseconds);
  });
});

test('the first file makes the newsletter; the same again changes nothing', async () => {
  const { db } = await sqlite.create();
  const first = await applyNewsletter(db, settings(), at('2026-11-24T06:00Z'), 'Mai');
  expect(first.created).toBe(true);
  const again = await applyNewsletter(db, settings(), at('2026-11-24T08:00Z'), 'Mai');
  expect(again).toEqual({ newsletterId: first.newsletterId, created: false, changes: [] });
  const stored = await findNewsletter(db, 'morning');
  expect(stored?.enabledAt).toBe(at('2026-11-24T06:00Z').epochMilliseconds);
  const audit = await db.selectFrom('audit').select(['who', 'what', 'subject']).execute();
  expect(audit).toEqual([{ who: 'Mai', what: 'newsletter.created', subject: 'morning' }]);
});

test('a name that is not found is answered with the nearest', async () => {
  const { db } = await sqlite.create();
  await expect(namedNewsletter(db, 'morning')).rejects.toThrow('There is no newsletter yet');
  await applyNewsletter(db, settings(), at('2026-11-24T06:00Z'));
  await expect(namedNewsletter(db, 'mornign')).rejects.toThrow(
    'There is no newsletter mornign. Nearest: morning.',
  );
});
