import { Readability } from '@mozilla/readability';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import { htmlDocument } from '../html-document.ts';
import type { LooseItem } from '../loose-item.ts';
import { isFurniture } from '../news-text/mark.ts';
import { readPageFacts } from '../page-facts.ts';
import { htmlToText } from '../plain-text.ts';
import { readLooseItems } from '../read-loose-items.ts';

/** Less than this is no article but what a page says besides. */
const SHORTEST = 140;

/** One story from the HTML page that shows it: its text by Readability, block by block, the rest from what the page says of itself. */
export function readHtmlPage(html: string, about: DocumentAbout): ReadDocument {
  const document = htmlDocument(html);
  const facts = document === undefined ? undefined : readPageFacts(document, about.url);
  if (document === undefined || facts === undefined) {
    return {
      title: null,
      format: 'HTML page',
      stories: [],
      refused: [
        {
          place: 'page',
          reason: 'it is no HTML page that can be read: broken, too large or too deeply nested',
        },
      ],
    };
  }
  const body = withoutFurniture(articleText(document) ?? facts.body ?? '', about);
  const self = {
    title: facts.site,
    format: 'HTML page',
    language: facts.language,
    base: facts.url ?? about.url,
  };
  if (body.length < SHORTEST && !facts.isArticle) {
    return {
      ...readLooseItems(self, [], [], about),
      refused: [{ place: 'page', reason: 'no story found on the page' }],
    };
  }
  const item: LooseItem = {
    id: facts.url ?? about.url,
    link: facts.url ?? about.url,
    title: facts.headline,
    body: withoutHeadline(body, facts.headline),
    description: facts.description,
    published: facts.published,
    categories: facts.sections,
    byline: facts.byline,
    picture: facts.picture,
  };
  return readLooseItems(self, [{ place: 'page', item }], [], about);
}

/** Readability takes the document apart: whatever else is wanted of it must be read before. */
function articleText(document: Document): string | undefined {
  try {
    const article = new Readability(document, { charThreshold: 200 }).parse();
    const text = htmlToText(article?.content ?? '').text;
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What stands between the paragraphs for readers of the page: its date and byline, invitations, other stories. */
function withoutFurniture(body: string, about: DocumentAbout): string {
  return body
    .split('\n\n')
    .filter((paragraph) => !isFurniture(paragraph, about))
    .join('\n\n');
}

function withoutHeadline(body: string, headline: string | null): string {
  return headline !== null && body.startsWith(`${headline}\n\n`) ? body.slice(headline.length + 2) : body;
}
