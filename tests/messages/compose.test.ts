import { describe, expect, test } from 'vitest';
import type { ComposedMessage, Recipient } from '../../src/messages/compose.ts';
import { composeEdition } from '../../src/messages/compose.ts';
import { editionPage } from '../../src/messages/web-page.ts';
import { openLink } from '../../src/subscribers/links.ts';
import { arabicEdition, vietnameseEdition } from './editions-abroad.ts';
import { fullEdition, itemOf, newsletterOf, noon, reader, revisionOf, site } from './fixtures.ts';
import { parseMail } from './parse.ts';

async function composed(...given: Parameters<typeof composeEdition>): Promise<ComposedMessage> {
  const message = await composeEdition(...given);
  if (message === null) throw new Error('nothing in it');
  return message;
}

const headerOf = (raw: Buffer) => raw.toString('latin1').split('\r\n\r\n', 1)[0] as string;
const lf = (text: string | undefined) => text?.replaceAll('\r\n', '\n');

describe('the headers of an edition', () => {
  test('stand in the order that people and filters know', async () => {
    const { envelope, raw } = (await composed(fullEdition(), null, site)).forRecipient(reader, noon);
    expect(headerOf(raw).replace(/[\w-]{22}>/, 'SIGNATURE>')).toBe(
      [
        'From: "The Harbour Ledger" <digest@news.example>',
        'To: <reader@example.org>',
        'Subject: Eleven ports agree to share one flood fund',
        'Date: Tue, 24 Nov 2026 12:00:02 +0000',
        'Message-ID: <morning.2026-11-24.7c1f0e9a55d24bb0a9f3c1d2e3f40516@news.example>',
        'MIME-Version: 1.0',
        'Content-Type: multipart/alternative;',
        ' boundary="=_a029069fc37106e1c52f8cf7"',
        'Content-Language: en',
        'List-Id: "The Harbour Ledger" <morning.news.example>',
        'List-Unsubscribe: <https://news.example/u/0f1e2d3c4b5a69788796a5b4c3d2e1f0.morning.leave.SIGNATURE>,',
        ' <mailto:unsubscribe+7c1f0e9a55d24bb0a9f3c1d2e3f40516@bounce.news.example?subject=unsubscribe>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'List-Post: NO',
        'Feedback-ID: 20261124:morning:digest:newsexample',
        'Auto-Submitted: auto-generated',
        'Precedence: bulk',
      ].join('\r\n'),
    );
    expect(envelope).toEqual({
      from: 'bounce+7c1f0e9a55d24bb0a9f3c1d2e3f40516@bounce.news.example',
      to: 'reader@example.org',
    });
  });

  test('without a bounce domain the sender gets the bounces, and no mail address is offered for leaving', async () => {
    const { envelope, raw } = (
      await composed(fullEdition(), null, { ...site, bounceDomain: null })
    ).forRecipient(reader, noon);
    expect(envelope.from).toBe('digest@news.example');
    expect(headerOf(raw)).not.toContain('mailto:');
  });

  test('a special edition, written by a person, is not said to be generated', async () => {
    const scheduled = fullEdition();
    const revision = { ...scheduled, edition: { ...scheduled.edition, kind: 'special' as const } };
    expect(headerOf((await composed(revision, null, site)).forRecipient(reader, noon).raw)).not.toContain(
      'Auto-Submitted',
    );
  });

  test('replies go where the newsletter wants them', async () => {
    const revision = fullEdition({ newsletter: newsletterOf({ reply_to: 'editor@news.example' }) });
    const { raw } = (await composed(revision, null, site)).forRecipient(
      { ...reader, name: 'Zoë "Z" Quay' },
      noon,
    );
    const mail = await parseMail(raw);
    expect(mail.replyTo).toEqual([{ name: '', address: 'editor@news.example' }]);
    expect(mail.to).toEqual([{ name: 'Zoë "Z" Quay', address: 'reader@example.org' }]);
  });

  test('a retry is the same message to the byte', async () => {
    const message = await composed(fullEdition(), null, site);
    expect(message.forRecipient(reader, noon).raw.equals(message.forRecipient(reader, noon).raw)).toBe(true);
  });

  test('the links open what they say, for this reader only', async () => {
    const mail = await parseMail((await composed(fullEdition(), null, site)).forRecipient(reader, noon).raw);
    const links = (prefix: string) =>
      new Set(
        Array.from(
          (mail.html ?? '').matchAll(/href="([^"]*)"/g),
          ([, href]) => href?.replaceAll('&#x3D;', '=') ?? '',
        )
          .filter((href) => href.startsWith(`${site.publicUrl}${prefix}`))
          .map((href) => href.slice(`${site.publicUrl}${prefix}`.length)),
      );
    const [leave] = links('/u/');
    const [choices] = links('/p/');
    const target = { subscriber: reader.subscriberToken, newsletter: 'morning', expires: null };
    expect(openLink(site.keys, leave ?? '', 'leave', noon)).toEqual({ purpose: 'leave', ...target });
    expect(openLink(site.keys, choices ?? '', 'choices', noon)).toEqual({ purpose: 'choices', ...target });
    expect(mail.text).toContain(`Unsubscribe: ${site.publicUrl}/u/${leave}`);
    expect(mail.html).toContain('https://news.example/morning/2026-11-24');
  });
});

describe('what strangers write', () => {
  const nasty =
    '<script>alert("x")</script> \u202Eevil\u0085 & {{leave}} \uFDD0leave\uFDD1 =?utf-8?q?x?= 👨‍👩‍👧‍👦';
  const readers: Recipient[] = [
    reader,
    { ...reader, email: 'o\'brien+"tag"@example.org', name: '"; DROP TABLE' },
    { ...reader, email: '.dot@example.org', name: '.\u200F' },
    { ...reader, email: 'leser@bücher.example', name: 'مريم' },
    { ...reader, email: `${'a'.repeat(60)}@${'b'.repeat(60)}.example`, name: 'N'.repeat(300) },
    {
      ...reader,
      email: '<b>@example.org',
      name: '=?utf-8?q?=0D=0ABcc:x?=',
      rhythm: null,
      subscribedAt: null,
    },
    { ...reader, email: 'From@example.org', name: '👨‍👩‍👧‍👦'.repeat(30) },
  ];
  const editions = {
    'an ordinary edition': fullEdition(),
    'hostile stories': revisionOf(
      [
        itemOf({
          place: 'lead',
          headline: nasty,
          summary: `.\n.${nasty}\nFrom here\n\n${'y'.repeat(1200)}`,
          sourceName: nasty,
          url: 'javascript:alert(1)',
          picture: { url: 'https://img.example/"onload="x.png', alt: nasty, credit: nasty },
        }),
        itemOf({
          headline: 'N'.repeat(300),
          summary: '-- \n-\n.\n',
          url: 'https://wire.example/a?b=c&d="e>',
        }),
        itemOf({ place: 'brief', headline: nasty, summary: nasty, alsoReportedBy: [nasty] }),
        itemOf({ place: 'more', headline: nasty, summary: '', sourceName: '' }),
      ],
      { newsletter: newsletterOf({ name: nasty.slice(0, 40), publisher: nasty, sections: [nasty] }) },
    ),
    'an Arabic edition': arabicEdition(),
    'a Vietnamese edition': vietnameseEdition(),
  };

  for (const [name, revision] of Object.entries(editions)) {
    test(`${name}: bytes that every relay passes on unchanged, and that decode to what was rendered`, async () => {
      const message = await composed(revision, null, site);
      for (const recipient of readers) {
        const { raw } = message.forRecipient(recipient, noon);
        const wire = raw.toString('latin1');
        expect(wire).toMatch(/^[\x20-\x7E\r\n]*$/);
        expect(wire.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        const [header = '', body = ''] = [headerOf(raw), wire.slice(headerOf(raw).length + 4)];
        for (const line of header.split('\r\n'))
          expect(line.length).toBeLessThanOrEqual(
            /^(To|List-Unsubscribe| <|Message-ID)/.test(line) ? 998 : 78,
          );
        for (const line of body.split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line.startsWith('.')).toBe(false);
        }
        const mail = await parseMail(raw);
        const { html, text } = message.preview(recipient);
        expect(lf(mail.html)?.trimEnd()).toBe(html.trimEnd());
        expect(lf(mail.text)?.trimEnd()).toBe(text.trimEnd());
        expect(mail.subject).toBe(message.subject);
        expect(mail.headers.filter(({ key }) => key === 'bcc')).toEqual([]);
        expect(mail.to?.length).toBe(1);
        for (const part of [html, text])
          expect(part).not.toMatch(/[\uFDD0\uFDD1\u202E\u0085]|undefined|\[object/);
        expect(html).not.toMatch(/<script|javascript:|onload="/i);
        // What looks like one of our marks in a stranger's words is none.
        expect(html.split('/u/').length).toBe(2);
        expect(text.split('/u/').length).toBe(2);
      }
    });
  }

  test('the text part has every headline and link of the HTML part, in lines of at most 72 columns', async () => {
    const message = await composed(fullEdition(), null, site);
    const { text } = message.preview(reader);
    const flowing = text.replace(/\s+/g, ' ');
    for (const { headline, url } of message.items) {
      expect(flowing).toContain(headline);
      expect(text).toContain(url);
    }
    for (const line of text.split('\n'))
      if (!line.includes('https://')) expect(line.length).toBeLessThanOrEqual(72);
    expect(text).toMatch(/\n-- \n/);
  });

  test('Arabic goes out in base64, Latin letters in quoted-printable: whichever is shorter', async () => {
    const encodings = async (...given: Parameters<typeof composeEdition>) =>
      (await composed(...given))
        .forRecipient(reader, noon)
        .raw.toString('latin1')
        .match(/(?<=Content-Transfer-Encoding: )\S+/g);
    expect(await encodings(fullEdition(), null, site)).toEqual(['quoted-printable', 'quoted-printable']);
    expect((await encodings(arabicEdition(), null, site))?.[0]).toBe('base64');
  });
});

describe('what an item brings', () => {
  const html = async (item: Parameters<typeof itemOf>[0]) =>
    (await composed(revisionOf([itemOf({ place: 'lead', ...item })]), null, site)).preview(reader).html;

  test('a picture that mail programs cannot show, or over plain http, is left away', async () => {
    const picture = (url: string) => ({ picture: { url, alt: 'A quay', credit: null } });
    expect(await html(picture('https://img.example/a.jpg'))).toContain('alt="A quay"');
    for (const url of [
      'https://img.example/a.svg',
      'https://img.example/a.webp?x=1',
      'http://img.example/a.jpg',
      'data:image/png;base64,AA',
      'nonsense',
    ]) {
      expect(await html(picture(url)), url).not.toContain('<img');
    }
  });

  test('a picture without words is no link and is passed over by those who cannot see it', async () => {
    const page = await html({ picture: { url: 'https://img.example/a.jpg', alt: null, credit: null } });
    expect(page).toMatch(/<img[^>]* alt(=""|\s|>)/);
    expect(page).not.toMatch(/<a [^>]*><img/);
  });

  test('a story without a link is told without one, its picture too', async () => {
    const picture = { url: 'https://img.example/a.jpg', alt: 'A quay', credit: null };
    const page = await html({ url: null, headline: 'Only here', picture });
    expect(page).toMatch(/<img[^>]* alt="A quay"/);
    expect(page).not.toMatch(/<a [^>]*><img/);
    expect(page).toMatch(/<h3[^>]*>Only here<\/h3>/);
    expect(page).not.toContain('Read the full story');
  });

  test('a long lead is two paragraphs, cut between sentences', async () => {
    const page = await html({ summary: 'Mr. Kim paid 3.5 percent for it. '.repeat(14).trim() });
    const paragraphs = Array.from(
      page.matchAll(/<p class="gap"[^>]*>(Mr\. Kim[^<]*)</g),
      ([, text]) => text ?? '',
    );
    expect(paragraphs.length).toBe(2);
    for (const text of paragraphs) expect(text).toMatch(/^Mr\. Kim .*for it\.$/);
  });

  test('a headline of 300 characters is cut at a word in every part of the mail, and whole on the page', async () => {
    const endless = `Harbour ${'masters and pilots '.repeat(15)}finish`;
    const revision = revisionOf([
      itemOf({ place: 'lead', headline: 'A short one' }),
      itemOf({ headline: endless }),
      itemOf({ place: 'brief', headline: endless }),
      itemOf({ place: 'more', headline: endless }),
    ]);
    const { html, text } = (await composed(revision, null, site)).preview(reader);
    const cut = `Harbour ${'masters and pilots '.repeat(6)}masters and…`;
    for (const part of [html, text.replace(/\s+/g, ' ')]) {
      expect(part.split(cut).length - 1).toBe(3);
      expect(part).not.toContain('finish');
    }
    const page = await editionPage(revision, { publicUrl: site.publicUrl, index: false });
    expect(page?.split(endless).length).toBe(4);
  });

  test('in plain text every story says where it comes from, the lead of an excerpt too', async () => {
    for (const place of ['lead', 'story', 'brief'] as const) {
      const revision = revisionOf([
        itemOf({ place: 'lead', headline: 'First', sourceName: 'Harbour Wire' }),
        itemOf({ place, headline: 'Second', sourceName: 'Till & Trade', words: 55 }),
      ]);
      const items = place === 'lead' ? revision.items.slice(1) : revision.items;
      const { text } = (await composed({ ...revision, items }, null, site)).preview(reader);
      expect(text, place).toMatch(/\nSecond\n[\s\S]+?\nTill & Trade\nhttps:/);
    }
  });

  test('how long a story takes is not said of an excerpt', async () => {
    expect(await html({ words: 640, sourceName: 'Wire' })).toContain('3 min');
    expect(await html({ words: 55, sourceName: 'Wire' })).not.toMatch(/\d min\b/);
  });
});

test.each([
  ['12 Quay Street\nAberdeen', 'The Harbour Ledger, 12 Quay Street, Aberdeen'],
  ['The Harbour Ledger, 12 Quay Street', 'The Harbour Ledger, 12 Quay Street'],
  ['THE HARBOUR LEDGER Ltd\n12 Quay Street', 'THE HARBOUR LEDGER Ltd, 12 Quay Street'],
  ['The Harbour Ledgerhouse, Aberdeen', 'The Harbour Ledger, The Harbour Ledgerhouse, Aberdeen'],
])('the footer names the publisher once before its address: %j', async (postal_address, line) => {
  const message = await composed(fullEdition({ newsletter: newsletterOf({ postal_address }) }), null, site);
  const { html, text } = message.preview(reader);
  expect(html).toContain(`>${line}</p>`);
  expect(text).toContain(`\n${line}\n`);
});

test('an edition of twelve stories stays far from where Gmail cuts', async () => {
  const message = await composed(fullEdition(), null, site);
  expect(Buffer.byteLength(message.preview(reader).html)).toBeLessThan(36_000);
  expect(message.forRecipient(reader, noon).raw.length).toBeLessThan(45_000);
});

test('every element is closed, for programs that read Outlook’s comments and for all others', async () => {
  for (const revision of [fullEdition(), arabicEdition()]) {
    const { html } = (await composed(revision, null, site)).preview(reader);
    const forOthers = html
      .replace(/<!--\[if !mso\]><!-->([\s\S]*?)<!--<!\[endif\]-->/g, '$1')
      .replace(/<!--\[if[^\]]*\]>[\s\S]*?<!\[endif\]-->/g, '');
    const forOutlook = html
      .replace(/<!--\[if !mso\]><!-->[\s\S]*?<!--<!\[endif\]-->/g, '')
      .replace(/<!--\[if[^\]]*\]>([\s\S]*?)<!\[endif\]-->/g, '$1');
    expect(unclosed(forOthers)).toEqual([]);
    expect(unclosed(forOutlook)).toEqual([]);
    expect(forOthers).not.toMatch(/<script|<form|<link|<iframe|@import|@font-face| on\w+="|\{\{/);
  }
});

/** Elements that are open where another is closed, or at the end. */
function unclosed(html: string): string[] {
  const open: string[] = [];
  for (const [, end, name = ''] of html.matchAll(
    /<(\/?)(table|tbody|tr|td|div|p|h[1-3]|a|span|bdi|b)\b[^>]*>/g,
  )) {
    if (end === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}
