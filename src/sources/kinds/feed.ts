import { RefusedError } from '../../refused-error.ts';
import type { SourceKind } from '../kind.ts';

/** A feed, or any other document of stories at one address: RSS, Atom, JSON Feed, JSON, the text of a news page. */
export const feed: SourceKind = {
  name: 'feed',
  async read(source, tools) {
    const fetched = await tools.fetch(source.url, source);
    const { status, bytes, etag, lastModified, url, contentType, movedTo } = fetched;
    if (status === 'unchanged') return { read: null, etag, lastModified, movedTo };
    const about = { name: url, url, contentType, now: tools.now, language: source.language };
    const read = await tools.read(bytes, about);
    if (read.format === 'HTML page') {
      throw new RefusedError(
        `${source.url} shows an HTML page, expected a feed. Add the address of its feed, or add it as a page.`,
      );
    }
    const [whole] = read.refused;
    if (read.format === 'unknown')
      throw new RefusedError(`${source.url} cannot be read: ${whole?.reason ?? 'unknown format'}.`);
    // An empty feed may be what is left of one: its new address is believed when it brings something.
    return { read, etag, lastModified, movedTo: read.stories.length > 0 ? movedTo : null };
  },
};
