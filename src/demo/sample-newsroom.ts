import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { readCheckedYaml } from '../checked-yaml.ts';
import { fillMoments } from './moments.ts';

/** A source of the sample newsroom and what it says on the demo's day. */
export interface SampleSource {
  name: string;
  /** `feed`, `page` or `file`, as `sources.kind`. */
  kind: string;
  /** Invented: what the document's relative links are relative to. */
  url: string;
  section: string | null;
  language: string | null;
  tags: string[];
  /** 1 is ordinary. */
  weight: number;
  /** Path of the document, dates filled in. */
  document: string;
  /** Path of what the source says when it is asked again; null: nothing new. */
  later: string | null;
  /** Path of what it says once the demo's edition has gone out; null: nothing new. */
  since: string | null;
}

interface SampleNewsletter {
  /** Paths of the newsletter file and of the CSV file of its readers. */
  settings: string;
  subscribers: string;
}

export interface SampleNewsroom {
  sources: SampleSource[];
  /** The first one is the demo's main newsletter. */
  newsletters: SampleNewsletter[];
  /** The folder whose files the newsroom's stories name as `PUBLIC_URL/pictures/NAME`. */
  pictures: string;
}

/** `samples/` at the top of the project. */
export const SAMPLES = join(import.meta.dirname, '..', '..', 'samples');

const newsroomFile = z.strictObject({
  sources: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['feed', 'page', 'file']),
      url: z.url(),
      section: z.string().nullable().default(null),
      language: z.string().nullable().default(null),
      tags: z.array(z.string()).default([]),
      weight: z.number().positive().default(1),
      document: z.string(),
      later: z.string().nullable().default(null),
      since: z.string().nullable().default(null),
    }),
  ),
  newsletters: z.array(z.strictObject({ settings: z.string(), subscribers: z.string() })).min(1),
});

/**
 * Writes the sample newsroom into `folder` as it stands at `now`: the same stories a few hours old, whatever the day.
 * @param publicUrl where `pictures` will be served, without a slash at the end.
 */
export async function writeSampleNewsroom(
  folder: string,
  now: Temporal.Instant,
  publicUrl: string,
): Promise<SampleNewsroom> {
  const list = join(SAMPLES, 'newsroom.yaml');
  const { value } = readCheckedYaml(await readFile(list, 'utf8'), newsroomFile, basename(list));
  const words = { pictures: `${publicUrl}/pictures` };
  const write = async (path: string): Promise<string> => {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, fillMoments(await readFile(join(SAMPLES, path), 'utf8'), now, words));
    return target;
  };
  const sources: SampleSource[] = [];
  for (const source of value.sources) {
    sources.push({
      ...source,
      document: await write(source.document),
      later: source.later && (await write(source.later)),
      since: source.since && (await write(source.since)),
    });
  }
  const newsletters: SampleNewsletter[] = [];
  for (const { settings, subscribers } of value.newsletters) {
    newsletters.push({ settings: await write(settings), subscribers: await write(subscribers) });
  }
  return { sources, newsletters, pictures: join(SAMPLES, 'pictures') };
}
