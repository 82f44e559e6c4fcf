import { expect, test } from 'vitest';
import { checkClock, judgeClock, reading } from '../../src/checks/clock.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

const noon = Temporal.Instant.from('2026-11-24T12:00:00Z');
const at = (host: string, seconds: number) => ({ of: host, theirs: noon.add({ seconds }), ours: noon });

test('five seconds are a difference to look at, a minute one to mend', () => {
  expect(judgeClock([])).toEqual([]);
  expect(judgeClock([at('a.example', -5)])).toMatchObject([{ mark: 'done' }]);
  expect(judgeClock([at('a.example', 20)])).toMatchObject([
    { mark: 'look', found: '19 seconds behind that of a.example' },
  ]);
  expect(judgeClock([at('a.example', -3600)])).toMatchObject([
    { mark: 'failed', found: '60 minutes ahead of that of a.example' },
  ]);
});

test('one clock that is wrong itself is outvoted', () => {
  expect(judgeClock([at('wrong.example', 86_400), at('a.example', 0), at('b.example', 1)])).toMatchObject([
    { mark: 'done' },
  ]);
  expect(judgeClock([at('wrong.example', 0), at('a.example', 90), at('b.example', 91)])).toMatchObject([
    { mark: 'failed' },
  ]);
});

test('a time is read as HTTP and mail have it; that of this machine is no other', () => {
  expect(reading('a.example', 'Tue, 24 Nov 2026 12:00:00 GMT', noon)?.theirs).toEqual(noon);
  expect(reading('a.example', 'Tue, 24 Nov 2026 14:00:00 +0200', noon)?.theirs).toEqual(noon);
  expect(reading('a.example', 'soon', noon)).toBeNull();
  expect(reading('a.example', null, noon)).toBeNull();
  for (const own of ['localhost', '127.0.0.1', '[::1]', '127.0.0.1:25'])
    expect(reading(own, 'Tue, 24 Nov 2026 14:00:00 GMT', noon)).toBeNull();
});

onEachDatabase((database) => {
  test('a database on another machine has a clock, too; where nobody tells the time nothing is said', async () => {
    const { db } = await database.create();
    const env = { PUBLIC_URL: 'http://127.0.0.1:1' };
    const late = () => Temporal.Now.instant().subtract({ minutes: 3 });
    const found = await checkClock(testContext(db, { env, now: late }), []);
    expect(found.map(({ mark, found }) => [mark, found])).toEqual(
      database.kind === 'sqlite'
        ? []
        : [['failed', expect.stringMatching(/^3 minutes behind that of the database/)]],
    );
  });
});
