import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { applyNewsletter } from '../newsletters/apply.ts';
import { parseNewsletter } from '../newsletters/file.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { readDocument } from '../sources/read-document.ts';
import { type ImportReport, storeStories } from '../stories/import.ts';
import { importSubscribers } from '../subscribers/import.ts';
import type { SampleNewsroom, SampleSource } from './sample-newsroom.ts';

/** What became of the items of one document of the newsroom. */
export interface ImportedDocument {
  name: string;
  stories: ImportReport;
}

/** Reads every document of the newsroom, then what sources say when they are asked again. */
export async function importStories(
  context: Context,
  { sources }: SampleNewsroom,
): Promise<ImportedDocument[]> {
  const imported: ImportedDocument[] = [];
  const asked = sources.flatMap((source) =>
    source.later === null ? [] : [{ ...source, document: source.later }],
  );
  for (const source of [...sources, ...asked]) {
    imported.push({ name: basename(source.document), stories: await importDocument(context, source) });
  }
  return imported;
}

/** Reads what the sources say once the demo's edition has gone out. @returns how many stories are new. */
export async function importSince(context: Context, { sources }: SampleNewsroom): Promise<number> {
  let stories = 0;
  for (const source of sources) {
    if (source.since === null) continue;
    stories += (await importDocument(context, { ...source, document: source.since })).new;
  }
  return stories;
}

async function importDocument({ db, now }: Context, sample: SampleSource): Promise<ImportReport> {
  const { name, kind, url, section, language, tags, weight } = sample;
  await db
    .insertInto('sources')
    .values({
      ...{ name, kind, url, section, language, weight },
      tags: JSON.stringify(tags),
      // Their addresses are invented: nobody polls them.
      next_poll_at: null,
      created_at: now().epochMilliseconds,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const source = await db
    .selectFrom('sources')
    .selectAll()
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const read = await readDocument(await readFile(sample.document), {
    ...{ name: basename(sample.document), url, contentType: null, now: now(), language },
  });
  return storeStories(db, source, read, now());
}

/** Applies the newsroom's newsletters and imports their readers. @returns them, the main one first. */
export async function importNewsletters(context: Context, newsroom: SampleNewsroom): Promise<Newsletter[]> {
  const { db, now } = context;
  const newsletters: Newsletter[] = [];
  for (const { settings, subscribers } of newsroom.newsletters) {
    const parsed = parseNewsletter(await readFile(settings, 'utf8'), basename(settings));
    const { newsletterId } = await applyNewsletter(db, parsed, now());
    const newsletter = await getNewsletter(db, newsletterId);
    await importSubscribers(db, newsletter, subscribers, { now: now(), confirmedElsewhere: true });
    newsletters.push(newsletter);
  }
  return newsletters;
}
