import { Document, isMap, isSeq } from 'yaml';
import { z } from 'zod';
import { readCheckedYaml } from '../checked-yaml.ts';
import { PLACES } from '../database/tables/editions.ts';
import type { Revision } from './revision.ts';

const EXPECTED = 'expected some words, or nothing for the automatic form';

/** Text of one line, as headers and headlines are: line breaks and control characters become spaces. */
function line(most: number) {
  return words(most, (text) => text.replace(/[\s\p{Cc}]+/gu, ' '));
}

/** Text that may have paragraphs, without control characters. */
function paragraphs(most: number) {
  return words(most, (text) => text.replace(/[^\P{Cc}\n]/gu, ''));
}

function words(most: number, clean: (text: string) => string) {
  return z
    .string({ error: EXPECTED })
    .transform((text) => clean(text).trim())
    .pipe(z.string().max(most, { error: `expected at most ${most} characters` }))
    .nullish();
}

const place = z.enum(PLACES, { error: 'expected lead, story, brief or more' });

/** What `edition edit` opens: one revision as a short file. */
const editionFile = z.strictObject({
  /** The revision that it shows: a file that is older than the edition is refused. */
  revision: z.int({ error: 'expected the number of a revision' }).min(0).optional(),
  subject: line(150),
  preheader: line(250),
  greeting: paragraphs(1000),
  items: z
    .array(
      z.strictObject({
        story: z.string({ error: 'expected the code of a story, such as k7q2' }),
        place: place.default('story'),
        section: line(80),
        headline: line(300),
        summary: paragraphs(3000),
        drop: z.boolean({ error: 'expected true or false' }).default(false),
        pin: z.boolean({ error: 'expected true or false' }).default(false),
      }),
    )
    .min(1, { error: 'expected at least one story' }),
});

export type EditionFile = z.output<typeof editionFile>;

/** Reads an edition's file. @throws FaultyFileError with line, column and the nearest known key. */
export function parseEditionFile(text: string, fileName: string) {
  return readCheckedYaml(text, editionFile, fileName);
}

/** Writes a revision as its file. Reading it back unchanged gives the same revision. */
export function renderEditionFile(revision: Revision): string {
  const { subject, preheader, greeting, items } = revision;
  const document = new Document({
    revision: revision.number,
    subject,
    preheader,
    greeting,
    items: items.map((item) => ({
      story: item.code,
      place: item.place,
      ...(item.section === null ? {} : { section: item.section }),
      headline: item.headline,
      ...(item.place === 'more' ? {} : { summary: item.summary }),
      ...(item.pinned ? { pin: true } : {}),
    })),
  });
  document.commentBefore = HELP.replace('NAME', revision.edition.name);
  const list = document.get('items');
  if (isSeq(list)) {
    list.items.forEach((node, index) => {
      const item = items[index];
      if (!isMap(node) || !item) return;
      node.commentBefore = ` ${item.sourceName}${item.url === null ? '' : `  ${item.url}`}`;
      node.spaceBefore = index > 0;
    });
  }
  return document.toString({ lineWidth: 100, nullStr: '' });
}

const HELP = ` NAME
 Subject, preheader and greeting: leave them empty for their automatic form.
 place: ${PLACES.join(', ')}. Stories come out in the order of this list, under their sections.
 drop: true takes a story out, pin: true keeps it when selection runs again.
 A story that is not here yet: add "- story: CODE" (broadsheet why lists codes); headline and summary
 are filled in. Saved as it is, the file changes nothing.`;
