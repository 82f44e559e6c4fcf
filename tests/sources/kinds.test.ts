import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RefusedError } from '../../src/refused-error.ts';
import type { FetchedDocument } from '../../src/sources/guarded-fetch.ts';
import type { KindTools, SourceAddress } from '../../src/sources/kind.ts';
import { kindOf, kinds } from '../../src/sources/kinds/index.ts';
import { readDocument } from '../../src/sources/read-document.ts';

const now = Temporal.Instant.from('2026-12-01T08:00:00Z');
const ADDRESS = 'https://wire.example/';
const FOLDER = new URL('../../src/sources/kinds/', import.meta.url);

/** One good story and one without a headline, as each kind finds them. */
const DOCUMENTS: Record<string, string> = {
  feed: '<rss version="2.0"><channel><title>W</title><item><title>Ports agree</title><link>/ports</link><description>Eleven ports agreed.</description></item><item><link>/untitled</link></item></channel></rss>',
  page: `<!doctype html><html><head><title>Ports agree on a fund</title><meta property="og:type" content="article"></head><body><article><h1>Ports agree on a fund</h1>${'<p>Eleven ports agreed on Monday to share the cost of repairs after floods, their mayors said.</p>'.repeat(5)}</article></body></html>`,
  folder:
    'World\nPorts agree\n30 November 2026\nEleven ports agreed.\nSource: W\n\nSeoul [South Korea], November 30: No headline.\n',
};

/** A place where `name` finds its document, and tools whose network is only what `fetch` gives. */
function sourceFor(name: string): { source: SourceAddress; tools: KindTools; asked: string[] } {
  const asked: string[] = [];
  const tools: KindTools = {
    now,
    known: async () => new Set(),
    read: readDocument,
    fetch: async (url, since): Promise<FetchedDocument> => {
      asked.push(url);
      const same = since?.etag === '"1"';
      return {
        status: same ? 'unchanged' : 'fetched',
        url,
        bytes: same ? new Uint8Array() : new TextEncoder().encode(DOCUMENTS[name]),
        contentType: null,
        etag: '"1"',
        date: null,
        lastModified: null,
        movedTo: null,
      };
    },
  };
  const source = { url: ADDRESS, etag: null, lastModified: null, language: null };
  if (name !== 'folder') return { source, tools, asked };
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-kind-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'wire.txt'), DOCUMENTS.folder ?? '');
  return { source: { ...source, url: folder }, tools, asked };
}

describe.each(kinds.map((kind) => kind.name))('a %s', (name) => {
  const kind = kindOf(name);

  test('gives stories with identities of their own, and what it refuses with a place', async () => {
    const { source, tools } = sourceFor(name);
    const { read } = await kind.read(source, tools);
    expect(read?.stories.map((story) => story.headline)).toEqual([expect.stringMatching(/^Ports agree/)]);
    for (const story of read?.stories ?? []) expect(story.guid).not.toBe('');
    for (const item of read?.refused ?? [])
      expect(item).toEqual({ place: expect.stringMatching(/\S/), reason: expect.stringMatching(/\S/) });
    if (name !== 'page') expect(read?.refused).toHaveLength(1);
  });

  test('says that nothing has changed when asked again with what it returned', async () => {
    const { source, tools } = sourceFor(name);
    const { etag, lastModified } = await kind.read(source, tools);
    expect(await kind.read({ ...source, etag, lastModified }, tools)).toMatchObject({ read: null, etag });
  });

  test('fails with a sentence, not with a stack', async () => {
    const { source, tools } = sourceFor(name);
    const fetch = () => Promise.reject(new RefusedError('It is not open to us.'));
    const reading = kind.read(
      { ...source, url: name === 'folder' ? '/no/such/folder' : ADDRESS },
      { ...tools, fetch },
    );
    await expect(reading).rejects.toBeInstanceOf(RefusedError);
  });
});

test('no kind has a way to the network but the fetch that it is given', () => {
  for (const file of readdirSync(FOLDER)) {
    const imports = [
      ...readFileSync(new URL(file, FOLDER), 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g),
    ].map((match) => match[1] ?? match[2] ?? '');
    const network = imports.filter((name) =>
      /undici|guarded-fetch|^node:(?:https?|http2|net|tls|dgram|dns)/.test(name),
    );
    expect(network, file).toEqual([]);
    expect(readFileSync(new URL(file, FOLDER), 'utf8'), file).not.toMatch(
      /globalThis|(?<![.\w])fetch\((?!source\.url|link)/,
    );
  }
});
