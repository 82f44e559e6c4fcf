import { expect, test } from 'vitest';
import { newStoryCode } from '../../src/stories/code.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { newSource, storeStory } from './stored.ts';

onEachDatabase((database) => {
  test('a code is four characters that nobody misreads, and begins with a letter', async () => {
    const { db } = await database.create();
    for (let n = 0; n < 40; n++) {
      expect(await newStoryCode(db)).toMatch(/^[bcdfghjkmnpqrstvwxyz][2-9bcdfghjkmnpqrstvwxyz]{3}$/);
    }
  });

  test('a code that a story has is never given to another', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    await storeStory(db, source, { code: 'b222' });
    const draws = [0, 0, 0, 0, 1, 0, 0, 0];
    expect(await newStoryCode(db, () => draws.shift() ?? 0)).toBe('c222');
  });

  test('codes grow by a character when the short ones are taken', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    await storeStory(db, source, { code: 'b222' });
    expect(await newStoryCode(db, () => 0)).toBe('b2222');
  });
});
