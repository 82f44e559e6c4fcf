import { RefusedError } from '../../refused-error.ts';
import { decodeMarkup } from '../decode.ts';
import type { ReadDocument } from '../format.ts';
import type { KindTools, SourceAddress, SourceKind } from '../kind.ts';
import { articleLinks } from '../page-links.ts';

/** Articles fetched at one reading: they are one site's, and are fetched one after the other. */
const AT_ONCE = 10;

/** An HTML page without a feed: an article, or a page of links to articles, of which the new ones are read. */
export const page: SourceKind = {
  name: 'page',
  async read(source, tools) {
    const fetched = await tools.fetch(source.url, source);
    const { status, bytes, etag, lastModified, url, contentType } = fetched;
    if (status === 'unchanged') return { read: null, etag, lastModified };
    const about = { name: url, url, contentType, now: tools.now, language: source.language };
    const front = await tools.read(bytes, about);
    if (front.format === 'unknown')
      throw new RefusedError(
        `${source.url} cannot be read: ${front.refused[0]?.reason ?? 'unknown format'}.`,
      );
    if (front.format !== 'HTML page') return { read: front, etag, lastModified };
    const links = articleLinks(decodeMarkup(bytes, contentType), url);
    if (links.length < FRONT_PAGE && front.stories.length > 0) return { read: front, etag, lastModified };
    if (links.length === 0) return { read: front, etag, lastModified };
    return { read: await readArticles(links, front, source, tools), etag, lastModified };
  },
};

/** So many links that read like headlines make a page a front page, whatever else stands on it. */
const FRONT_PAGE = 12;

async function readArticles(
  links: string[],
  front: ReadDocument,
  source: SourceAddress,
  tools: KindTools,
): Promise<ReadDocument> {
  const read: ReadDocument = { title: front.title, format: 'HTML page', stories: [], refused: [] };
  const known = await tools.known(links);
  for (const link of links.filter((each) => !known.has(each)).slice(0, AT_ONCE)) {
    try {
      const { url, bytes, contentType } = await tools.fetch(link);
      const article = await tools.read(bytes, {
        name: url,
        url,
        contentType,
        now: tools.now,
        language: source.language,
      });
      // Its identity is the link that we found, so that it is known the next time.
      read.stories.push(...article.stories.map((story) => ({ ...story, guid: link, url: link })));
      read.refused.push(...article.refused.map(({ reason }) => ({ place: link, reason })));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      read.refused.push({ place: link, reason: error.message });
    }
  }
  return read;
}
