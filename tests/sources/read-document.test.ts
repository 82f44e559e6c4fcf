import { expect, test } from 'vitest';
import { readDocument } from '../../src/sources/read-document.ts';

const now = Temporal.Instant.from('2026-12-01T08:00:00Z');

function read(
  document: string | Uint8Array,
  about: { name?: string; url?: string; contentType?: string } = {},
) {
  const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : document;
  return readDocument(bytes, {
    name: about.name ?? 'file',
    url: about.url ?? null,
    contentType: about.contentType ?? null,
    now,
  });
}

const rss = (
  items: string,
  head = '<title>Harbour Wire</title><link>https://wire.example/</link><language>en-gb</language>',
) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>${head}\n${items}\n</channel></rss>`;

const item = (inner: string) =>
  `<item><title>Ports agree</title><link>https://wire.example/ports</link><guid isPermaLink="false">p1</guid><pubDate>Mon, 30 Nov 2026 09:00:00 +0000</pubDate>${inner}</item>`;

test('an RSS item becomes a story: texts plain, link clean, picture, section and language', async () => {
  const { title, format, stories } = await read(
    rss(
      `<item><title>Ports &amp;amp; towns agree on a &lt;b&gt;fund&lt;/b&gt;</title><link>/ports?utm_source=rss&amp;id=7&amp;fbclid=x#comments</link><guid isPermaLink="false">p1</guid>
<pubDate>Mon, 30 Nov 2026 10:00:00 +0100</pubDate><dc:creator>Jane Doe</dc:creator><category>Uncategorized</category><category>World news</category>
<description>Eleven ports agreed on one fund. It begins in March.</description>
<content:encoded><![CDATA[<p>PORT MERIDIAN, Nov 30 (Lakewire) - Eleven ports agreed on <em>one</em> fund on Monday.</p><script>alert(1)</script><p>It begins&nbsp;in March.<br><br>The mayor spoke.</p><figure><img src="/a.jpg" alt="The port"><figcaption>A caption</figcaption></figure>]]></content:encoded>
<media:content url="https://wire.example/small.jpg" medium="image" width="100"/><media:content url="https://wire.example/large.jpg" medium="image" width="1200"><media:description>The port at dusk</media:description></media:content></item>`,
    ),
  );
  expect({ title, format }).toEqual({ title: 'Harbour Wire', format: 'RSS' });
  expect(stories).toEqual([
    {
      guid: 'p1',
      url: 'https://wire.example/ports?id=7',
      headline: 'Ports & towns agree on a fund',
      section: 'World',
      language: 'en',
      dateline: 'PORT MERIDIAN, Nov 30',
      byline: 'Jane Doe',
      credit: 'Lakewire',
      publishedAt: Date.parse('2026-11-30T09:00:00Z'),
      body: 'Eleven ports agreed on one fund on Monday.\n\nIt begins in March.\n\nThe mayor spoke.',
      description: 'Eleven ports agreed on one fund. It begins in March.',
      picture: { url: 'https://wire.example/large.jpg', alt: 'The port at dusk', credit: null },
    },
  ]);
});

test('what WordPress adds is no prose: cut excerpts, "appeared first on", Uncategorized, admin', async () => {
  const { stories } = await read(
    rss(
      item(
        '<dc:creator>admin</dc:creator><category>Uncategorized</category><description><![CDATA[<p>Eleven ports agreed on one fund, Mr. Kim said. Work begins on the first of the eleven gates when the [&#8230;]</p><p>The post <a href="x">Ports agree</a> appeared first on <a href="y">Harbour Wire</a>.</p>]]></description>',
      ),
    ),
  );
  expect(stories[0]).toMatchObject({
    section: null,
    byline: null,
    description: null,
    body: 'Eleven ports agreed on one fund, Mr. Kim said.',
  });
});

test('RSS 1.0, Atom and JSON Feed are read alike', async () => {
  const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://wire.example/"><title>Harbour Wire</title><link>https://wire.example/</link></channel>
<item rdf:about="https://wire.example/ports"><title>Ports agree</title><link>https://wire.example/ports</link><description>Eleven ports agreed.</description><dc:date>2026-11-30T09:00:00Z</dc:date></item></rdf:RDF>`;
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour Wire</title><id>urn:wire</id><updated>2026-11-30T09:00:00Z</updated>
<entry><title type="html">Ports &amp;lt;agree&amp;gt;</title><id>urn:1</id><link rel="self" href="https://wire.example/self"/><link href="https://wire.example/ports"/><updated>2026-12-01T07:00:00Z</updated><published>2026-11-30T09:00:00Z</published><summary>Eleven ports agreed.</summary></entry></feed>`;
  const json = JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: 'Harbour Wire',
    items: [
      {
        id: '1',
        url: 'https://wire.example/ports',
        title: 'Ports agree',
        content_html: '<p>Eleven ports agreed.</p>',
        date_published: '2026-11-30T09:00:00Z',
        tags: ['Business'],
      },
    ],
  });
  const readings = await Promise.all([read(rdf), read(atom), read(json)]);
  expect(readings.map(({ format, title }) => `${format}: ${title}`)).toEqual([
    'RSS 1.0: Harbour Wire',
    'Atom: Harbour Wire',
    'JSON Feed: Harbour Wire',
  ]);
  for (const { stories, refused } of readings) {
    expect(refused).toEqual([]);
    expect(stories[0]).toMatchObject({
      url: 'https://wire.example/ports',
      publishedAt: Date.parse('2026-11-30T09:00:00Z'),
    });
    expect(stories[0]?.body || stories[0]?.description).toBe('Eleven ports agreed.');
  }
  expect(readings[1]?.stories[0]?.headline).toBe('Ports <agree>');
  expect(readings[2]?.stories[0]?.section).toBe('Business');
});

test('bad items of a feed are refused one by one, with their place and the reason', async () => {
  const { stories, refused } = await read(
    rss(
      [
        item('<description>Eleven ports agreed.</description>'),
        '<item><link>https://wire.example/untitled</link></item>',
        '<item></item>',
        '<item><title>From tomorrow</title><link>https://wire.example/2</link><pubDate>Thu, 03 Dec 2026 09:00:00 GMT</pubDate></item>',
        '<item><title>Someday</title><link>https://wire.example/3</link><pubDate>the day after</pubDate></item>',
        '<item><title>No text, no link</title></item>',
        '<item><title>No date</title><link>https://wire.example/4</link></item>',
      ].join('\n'),
    ),
  );
  expect(stories.map((story) => [story.headline, story.publishedAt === null])).toEqual([
    ['Ports agree', false],
    ['No date', true],
  ]);
  expect(refused).toEqual([
    { place: 'item 3 (line 5)', reason: 'it is empty' },
    { place: 'item 2 (line 4)', reason: 'no headline' },
    { place: 'item 4 (line 6)', reason: 'dated 2026-12-03T09:00Z, which is in the future' },
    { place: 'item 5 (line 7)', reason: 'the date “the day after” cannot be read' },
    { place: 'item 6 (line 8)', reason: 'only a headline: no text and no link' },
  ]);
});

test('of XML that breaks off, the items before the break are kept', async () => {
  const whole = rss(
    [
      item('<description>One.</description>'),
      item('<description>Two.</description>').replace('p1', 'p2'),
    ].join('\n'),
  );
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>W</title>\n<entry><title>Ports agree</title><id>1</id><link href="https://wire.example/1"/></entry>\n<entry><title>Fares rise</title><id>2</id>`;
  const cut = await read(whole.slice(0, whole.indexOf('Two')));
  expect(cut.stories).toHaveLength(1);
  expect(cut.refused).toEqual([{ place: 'item 2 (line 4)', reason: 'the document breaks off within it' }]);
  expect(await read(atom)).toMatchObject({
    stories: [{ headline: 'Ports agree' }],
    refused: [{ place: 'item 2 (line 3)' }],
  });
  // Broken between two items: nothing is lost but the end.
  expect((await read(whole.slice(0, whole.indexOf('\n</channel>')))).stories).toHaveLength(2);
  expect((await read(whole.slice(0, 60))).refused[0]?.reason).toMatch(/cannot be read/);
});

test('one item that is no XML does not cost the others', async () => {
  const broken = '<item><title>Broken <![CDATA[ never ends</title></item>';
  const { stories, refused } = await read(
    rss(
      [
        item('<description>One.</description>'),
        '<item><title>Odd</title><description><!-- </item>',
        broken,
      ].join('\n'),
    ),
  );
  expect(stories.map((story) => story.headline)).toContain('Ports agree');
  expect(refused.length).toBeGreaterThan(0);
});

test('feeds are read in the encoding they are in, whatever they say', async () => {
  const text = rss(item('<description>Le café est rouvert à Brême.</description>'));
  const latin = (declared: string) => Buffer.from(text.replace('utf-8', declared), 'latin1');
  const description = async (bytes: Uint8Array, contentType?: string) =>
    (await read(bytes, contentType === undefined ? {} : { contentType })).stories[0]?.description;
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    Buffer.from(text.replace('utf-8', 'iso-8859-1')),
    latin('iso-8859-1'),
    latin('utf-8'),
    latin('no-such-encoding'),
    Buffer.from(`\uFEFF${text.replace('utf-8', 'utf-16')}`, 'utf16le'),
  ]) {
    expect(await description(bytes)).toBe('Le café est rouvert à Brême.');
  }
  expect(
    await description(
      Buffer.from(text.replace(' encoding="utf-8"', ''), 'latin1'),
      'text/xml; charset=windows-1252',
    ),
  ).toBe('Le café est rouvert à Brême.');
  // UTF-8 with one byte of another encoding in it: that byte alone is mended.
  const mixed = Buffer.from(text.replace('Brême', 'Br\u00AAme'));
  const at = mixed.indexOf(0xc2, mixed.indexOf('Br'));
  expect(
    await description(Buffer.concat([mixed.subarray(0, at), Buffer.of(0xea), mixed.subarray(at + 2)])),
  ).toBe('Le café est rouvert à Brême.');
});

test('hostile items become plain text', async () => {
  const { stories } = await read(
    rss(
      `<item><title>&lt;script&gt;alert(1)&lt;/script&gt;Ports \u202Eagree&lt;img src=x onerror=alert(1)&gt;</title><link>javascript:alert(1)</link><guid>https://me:secret@wire.example/ports</guid><description><![CDATA[<style>p{}</style><p onclick="x">Eleven <a href="javascript:x">ports</a> agreed.<iframe src="x">framed</iframe></p><svg><text>drawn</text></svg>]]></description></item>`,
    ),
  );
  expect(stories[0]).toMatchObject({
    headline: 'Ports agree',
    url: null,
    description: 'Eleven ports agreed.',
  });
  expect(
    (
      await read(
        rss(
          '<item><title>The &amp;lt;T&amp;gt; of Java: a &amp;lt; b</title><link>https://wire.example/t</link></item>',
        ),
      )
    ).stories[0]?.headline,
  ).toBe('The <T> of Java: a < b');
});

test('a feed whose items share one guid keeps them apart', async () => {
  const { stories } = await read(rss([item(''), item('').replace('Ports agree', 'Fares rise')].join('')));
  expect(new Set(stories.map((story) => story.guid)).size).toBe(2);
});

test('stories as JSON: documented names, usual ones, dates as text or number', async () => {
  const list = [
    {
      id: 7,
      headline: 'Ports agree',
      url: 'https://wire.example/ports',
      section: 'World',
      published: '2026-11-30T09:00:00Z',
      body: 'Eleven ports agreed.\n\nIt begins in March.',
      byline: 'Jane Doe',
      source: 'Lakewire',
      language: 'en',
      picture: { url: 'https://wire.example/a.jpg', alt: 'The port' },
    },
    {
      title: 'Fares rise',
      content: '<p>Fares rise.</p><p>By four percent.</p>',
      timestamp: 1795998000,
      author: { name: 'John Roe' },
    },
    { headline: 42 },
    'just text',
    { headline: 'Undone', published: 'soon', body: 'x' },
  ];
  const { format, stories, refused } = await read(JSON.stringify({ title: 'Harbour Wire', stories: list }));
  expect(format).toBe('JSON');
  expect(stories[0]).toMatchObject({
    guid: '7',
    section: 'World',
    byline: 'Jane Doe',
    credit: 'Lakewire',
    picture: { url: 'https://wire.example/a.jpg', alt: 'The port' },
  });
  expect(stories[1]).toMatchObject({
    byline: 'John Roe',
    body: 'Fares rise.\n\nBy four percent.',
    publishedAt: 1795998000_000,
  });
  expect(refused).toEqual([
    { place: 'item 3', reason: 'headline: expected text, found a number' },
    { place: 'item 4', reason: 'expected an object with a headline, found a string' },
    { place: 'item 5', reason: 'the date “soon” cannot be read' },
  ]);
  expect((await read(JSON.stringify(list.slice(0, 2)))).stories).toHaveLength(2);
  expect((await read(JSON.stringify(list[0]))).stories).toHaveLength(1);
});

test('JSON that breaks off keeps its whole stories', async () => {
  const text = JSON.stringify(
    [
      { headline: 'A "}" b', body: 'Text {of} it.' },
      { headline: 'Second', body: 'Text.' },
    ],
    null,
    1,
  );
  const { stories, refused } = await read(text.slice(0, text.indexOf('Second')));
  expect(stories.map((story) => story.headline)).toEqual(['A "}" b']);
  expect(refused).toEqual([{ place: 'line 6', reason: 'the file breaks off within this item' }]);
});

test('JSON Lines: each bad line is refused alone, a line of 50 MB too', async () => {
  const good = JSON.stringify({ headline: 'Ports agree', body: 'Eleven ports agreed.' });
  const lines = [
    good,
    '{"headline": "Broken"',
    '',
    JSON.stringify({ headline: 'Long', body: 'x'.repeat(50_000_000) }),
    good.replace('Ports', 'Towns'),
  ];
  const { format, stories, refused } = await read(lines.join('\n'));
  expect(format).toBe('JSON Lines');
  expect(stories.map((story) => story.headline)).toEqual(['Ports agree', 'Towns agree']);
  expect(refused).toEqual([
    { place: 'line 2', reason: 'not JSON: each line must be one whole object' },
    { place: 'line 4', reason: '50 MB in one line; a story has at most 2 MB' },
  ]);
});

test('JSON that is not UTF-8 is refused by item', async () => {
  const bytes = Buffer.from(
    `${JSON.stringify({ headline: 'Cafe opens', body: 'Text.' })}\n${JSON.stringify({ headline: 'Caf\u00e9 opens', body: 'Text.' })}\n`,
    'latin1',
  );
  const { stories, refused } = await read(bytes, { name: 'export.jsonl' });
  expect(stories.map((story) => story.headline)).toEqual(['Cafe opens']);
  expect(refused).toEqual([{ place: 'line 2', reason: 'not UTF-8 (line 2); save the file as UTF-8' }]);
});

test('an HTML page gives its one story, from its text and from what it says of itself', async () => {
  const paragraphs = Array.from(
    { length: 6 },
    (_, index) =>
      `<p>Paragraph ${index + 1} of the story tells at some length what the eleven ports agreed on, and why it took three winters.</p>`,
  ).join('');
  const { stories, title, refused } = await read(
    `<!doctype html><html lang="en-GB"><head><title>Ports agree on a fund | Harbour Wire</title><link rel="canonical" href="/ports?utm_campaign=x">
<meta property="og:site_name" content="Harbour Wire"><meta property="og:image" content="/lead.jpg"><meta property="og:image:alt" content="The port">
<meta name="description" content="Eleven ports agreed on one fund.">
<script type="application/ld+json">{"@graph":[{"@type":"WebSite"},{"@type":["NewsArticle"],"headline":"Ports agree on a fund","datePublished":"2026-11-30T09:00:00+01:00","author":[{"@type":"Person","name":"Jane Doe"}],"articleSection":"World"}]}</script>
</head><body><nav><a href="/">Home</a></nav><article><h1>Ports agree on a fund</h1>${paragraphs}<aside>Subscribe!</aside></article><footer>All rights reserved.</footer><script>alert(1)</script></body></html>`,
    { url: 'https://wire.example/2026/ports?ref=home' },
  );
  expect(refused).toEqual([]);
  expect(title).toBe('Harbour Wire');
  expect(stories[0]).toMatchObject({
    headline: 'Ports agree on a fund',
    url: 'https://wire.example/ports',
    section: 'World',
    byline: 'Jane Doe',
    language: 'en',
    publishedAt: Date.parse('2026-11-30T08:00:00Z'),
    description: 'Eleven ports agreed on one fund.',
    picture: { url: 'https://wire.example/lead.jpg', alt: 'The port' },
  });
  expect(stories[0]?.body.split('\n\n')).toHaveLength(6);
});

test('what is no document of stories says so', async () => {
  const reason = async (document: string | Uint8Array) => (await read(document)).refused[0]?.reason;
  expect(await reason('')).toBe('it is empty');
  expect(await reason(Buffer.from('PK\u0003\u0004\0\0'))).toMatch(/not text/);
  expect(await reason('<?xml version="1.0"?><opml version="2.0"><body/></opml>')).toMatch(/no feed/);
  expect(await reason('<!doctype html><html><body><p>Hello</p></body></html>')).toBe(
    'no story found on the page',
  );
  expect(await reason(`<div>${'<div>'.repeat(50_000)}`)).toBeDefined();
  // A feed without items is a feed all the same.
  expect(await read(rss(''))).toMatchObject({ title: 'Harbour Wire', stories: [], refused: [] });
});
