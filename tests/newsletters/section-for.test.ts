import { expect, test } from 'vitest';
import { sectionFor } from '../../src/newsletters/section-for.ts';

const sections = ['World', 'Business', 'Sport', 'Harbour Affairs'];

test.each([
  ['World', 'World'],
  ['WORLD', 'World'],
  ['International', 'World'],
  ['Foreign', 'World'],
  ['Quốc tế', 'World'],
  ['Ausland', 'World'],
  ['Economy', 'Business'],
  ['Markets', 'Business'],
  ['Sports', 'Sport'],
  ['harbour affairs', 'Harbour Affairs'],
])('a story labelled %s belongs in %s', (label, section) => {
  expect(sectionFor(label, sections)).toBe(section);
});

test('a newsletter’s own name for it comes before the subject', () => {
  expect(sectionFor('Markets', ['Business', 'Markets'])).toBe('Markets');
});

test('a newsletter’s section may be in another language than the label', () => {
  expect(sectionFor('Business', ['Thế giới', 'Kinh tế'])).toBe('Kinh tế');
});

test.each(['Gardens', '', null])('a label of no section or none belongs nowhere: %s', (label) => {
  expect(sectionFor(label, sections)).toBeUndefined();
});
