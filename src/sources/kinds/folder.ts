import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RefusedError } from '../../refused-error.ts';
import type { ReadDocument } from '../format.ts';
import type { SourceKind } from '../kind.ts';

/** Files read at one reading, the newest first: a folder that grows for ever costs no more each time. */
const MOST_FILES = 500;

/** A folder of this machine, into which mailings and exports are put; subfolders are not read. */
export const folder: SourceKind = {
  name: 'folder',
  async read({ url, etag, language }, tools) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const files = await listFiles(path);
    const state = createHash('sha256').update(JSON.stringify(files)).digest('hex');
    if (state === etag) return { read: null, etag, lastModified: null };
    const read: ReadDocument = { title: null, format: 'folder', stories: [], refused: [] };
    for (const { name } of files) {
      const about = { name, url: null, contentType: null, now: tools.now, language };
      try {
        const file = await tools.read(await readFile(join(path, name)), about);
        for (const story of file.stories) read.stories.push(story);
        for (const item of file.refused) read.refused.push({ ...item, place: `${name}, ${item.place}` });
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        read.refused.push({ place: name, reason: error.message });
      }
    }
    return { read, etag: state, lastModified: null };
  },
};

async function listFiles(path: string): Promise<{ name: string; size: number; changed: number }[]> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    throw new RefusedError(
      `The folder ${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Is it there, and may Broadsheet read it?`,
      { cause: error },
    );
  }
  const files: { name: string; size: number; changed: number }[] = [];
  // Hidden files, and those that another program has not finished writing, are no mailings.
  for (const name of names.filter((each) => !/^[.~]|\.(?:tmp|part|swp)$|~$/i.test(each)).sort()) {
    const found = await stat(join(path, name));
    if (found.isFile()) files.push({ name, size: found.size, changed: Math.trunc(found.mtimeMs) });
  }
  return files.sort((a, b) => b.changed - a.changed || (a.name < b.name ? -1 : 1)).slice(0, MOST_FILES);
}
