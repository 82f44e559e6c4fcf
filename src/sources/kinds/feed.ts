import { RefusedError } from '../../refused-error.ts';
import type { SourceKind } from '../kind.ts';
import { readDocument } from '../read-document.ts';

/** A feed, or any other document of stories at one address: RSS, Atom, JSON Feed, JSON, the text of a news page. */
export const feed: SourceKind = {
  name: 'feed',
  async read(source, { fetch, now }) {
    const { status, bytes, etag, lastModified, url, contentType } = await fetch(source.url, source);
    if (status === 'unchanged') return { read: null, etag, lastModified };
    const read = await readDocument(bytes, { name: url, url, contentType, now, language: source.language });
    if (read.format === 'HTML page') {
      throw new RefusedError(
        `${source.url} shows an HTML page, expected a feed. Add the address of its feed, or add it as a page.`,
      );
    }
    const [whole] = read.refused;
    if (read.format === 'unknown')
      throw new RefusedError(`${source.url} cannot be read: ${whole?.reason ?? 'unknown format'}.`);
    return { read, etag, lastModified };
  },
};
