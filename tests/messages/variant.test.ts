import { expect, test } from 'vitest';
import { composeEdition } from '../../src/messages/compose.ts';
import { itemsForSections } from '../../src/messages/variant.ts';
import { fullEdition, itemOf, newsletterOf, revisionOf, site } from './fixtures.ts';

const newsletter = newsletterOf({ sections: ['World', 'Business', { name: 'Sport', lead: false }] });
const items = [
  itemOf({ place: 'lead', headline: 'L' }),
  itemOf({ headline: 'W1' }),
  itemOf({ section: 'Sport', headline: 'S1' }),
  itemOf({ section: 'Business', headline: 'B1' }),
  itemOf({ section: 'Business', headline: 'B2' }),
  itemOf({ section: 'Sport', place: 'more', headline: 'SM', summary: '' }),
  itemOf({ section: 'Art', place: 'more', headline: 'AM', summary: '' }),
];
const shown = (sections: string[] | null) =>
  itemsForSections(items, sections, newsletter)?.map(({ place, headline }) => `${place} ${headline}`) ?? null;

test('a reader of all sections sees the edition as it is', () => {
  expect(shown(null)).toEqual([
    'lead L',
    'story W1',
    'story S1',
    'story B1',
    'story B2',
    'more SM',
    'more AM',
  ]);
});

test('a reader of other sections than the lead’s gets the best of theirs as the lead', () => {
  expect(shown(['Business'])).toEqual(['lead B1', 'story B2']);
  expect(shown(['Sport', 'Business'])).toEqual(['lead B1', 'story S1', 'story B2', 'more SM']);
});

test('a section that may not lead leads where it is all that a reader gets', () => {
  expect(shown(['Sport'])).toEqual(['lead S1', 'more SM']);
});

test('where only links are left, or nothing, there is no mail', () => {
  expect(shown(['Art'])).toBeNull();
  expect(shown(['Weather'])).toBeNull();
  expect(shown([])).toBeNull();
});

test('no mail is composed for readers whose sections have nothing in it', async () => {
  expect(await composeEdition(fullEdition(), ['Sport'], site)).toBeNull();
});

test('an editor’s subject goes to those who get the lead that it speaks of, the preheader to those who get all', async () => {
  const revision = revisionOf(items, {
    newsletter,
    subject: 'Ports at last agree',
    preheader: 'And trains run again',
    greeting: 'Hello from a wet quay.',
  });
  const said = async (sections: string[] | null) => {
    const message = await composeEdition(revision, sections, site);
    return [message?.subject, message?.preheader, message?.greeting];
  };
  expect(await said(null)).toEqual(['Ports at last agree', 'And trains run again', 'Hello from a wet quay.']);
  expect(await said(['World'])).toEqual([
    'Ports at last agree',
    expect.stringContaining('Also: W1'),
    'Hello from a wet quay.',
  ]);
  expect(await said(['Business'])).toEqual([
    'B1',
    expect.stringContaining('Also: B2'),
    'Hello from a wet quay.',
  ]);
});
