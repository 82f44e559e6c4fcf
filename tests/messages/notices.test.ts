import { describe, expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { approve, hold } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { composeNotice, type Notice } from '../../src/messages/notices.ts';
import { ACCESS_PURPOSES } from '../../src/notices/notice.ts';
import { linkKeys, openLink } from '../../src/subscribers/links.ts';
import { instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { complaints, keepPicture, show } from './inspect-page.ts';
import { parseMail } from './parse.ts';

const token = '7c1f0e9a55d24bb0a9f3c1d2e3f40516';
const subscriberToken = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const to = 'reader@example.org';
const SLOT = instant('2026-11-24T07:00Z');

async function newsroom(settings: Record<string, unknown> = {}) {
  const { db } = await sqlite.create();
  const context = testContext(db, {
    now: '2026-11-24T06:00:00Z',
    env: { BOUNCE_DOMAIN: 'bounce.news.example' },
  });
  const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'), settings);
  await storeTestStories(db, NIGHT);
  return { db, context, newsletter };
}

async function parsed(notice: Notice, context: Awaited<ReturnType<typeof newsroom>>['context']) {
  const { subject, envelope, raw } = await composeNotice(notice, context);
  const mail = await parseMail(raw);
  expect(mail.subject).toBe(subject);
  for (const line of raw.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value;
  return { subject, envelope, mail, header, html: mail.html ?? '', text: mail.text ?? '' };
}

const keys = (context: { secrets: Parameters<typeof linkKeys>[0] }) => linkKeys(context.secrets);
const urls = (text: string) => text.match(/https?:\/\/\S+/g) ?? [];

describe('to readers', () => {
  test('a confirmation has one link, good for 7 days, and nothing to leave', async () => {
    const { context, newsletter } = await newsroom();
    const data = { newsletterId: newsletter.id, subscriberToken, language: 'en' };
    const { mail, envelope, header, text, html } = await parsed(
      { kind: 'confirmation', to, token, data },
      context,
    );
    expect(mail.subject).toBe('Please confirm: Morning Briefing');
    expect(envelope).toEqual({ from: `bounce+${token}@bounce.news.example`, to });
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('list-unsubscribe')).toBeUndefined();
    expect(header('message-id')).toBe(`<confirmation.${token}@ledger.example>`);
    const [link = '', ...others] = urls(text);
    expect(others).toEqual([]);
    expect(link).toMatch(/^https:\/\/news\.example\/confirm\//);
    const open = (now: string) =>
      openLink(keys(context), link.split('/confirm/')[1] ?? '', 'confirm', instant(now));
    expect(open('2026-12-01T05:59Z')?.subscriber).toBe(subscriberToken);
    expect(open('2026-12-01T06:01Z')).toBeNull();
    for (const scheme of ['light', 'dark'] as const) {
      const page = await show(html, { width: 375, scheme });
      expect(await complaints(page)).toEqual([]);
      await keepPicture(page, `confirmation-${scheme}-375`);
    }
  });

  test('it speaks the reader’s language, in its direction, whatever the newsletter’s', async () => {
    const { context, newsletter } = await newsroom();
    const data = { newsletterId: newsletter.id, subscriberToken, language: 'ar' };
    const { mail, html } = await parsed({ kind: 'confirmation', to, token, data }, context);
    expect(mail.subject).toBe('يرجى التأكيد: Morning Briefing');
    expect(html).toMatch(/<html[^>]*lang="ar"[^>]*dir="rtl"/);
    const page = await show(html, { width: 375 });
    expect(await complaints(page)).toEqual([]);
    await keepPicture(page, 'confirmation-arabic-375');
  });

  test('a welcome says what comes, and can be left with one click', async () => {
    const { context, newsletter } = await newsroom();
    const data = { newsletterId: newsletter.id, subscriberToken, language: 'en' };
    await subscribe(context.db, newsletter.id);
    const { header, text } = await parsed({ kind: 'welcome', to, token, data }, context);
    expect(text.replace(/\s+/g, ' ')).toContain('It comes every day.');
    const leave = header('list-unsubscribe')?.slice(1, -1) ?? '';
    expect(
      openLink(keys(context), leave.split('/u/')[1] ?? '', 'leave', instant('2046-01-01T00:00Z'))?.newsletter,
    ).toBe('morning');
    expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(text).toContain(`Unsubscribe: ${leave}`);
  });

  test('an access link is good for an hour and says what it opens', async () => {
    const { context, newsletter } = await newsroom();
    for (const [purpose, words] of [
      ['erase', 'erased'],
      ['export', 'take with you'],
      ['address', 'change the address'],
    ] as const) {
      const data = {
        newsletterId: newsletter.id,
        subscriberToken,
        language: 'en',
        purpose,
      };
      const { text } = await parsed({ kind: 'access', to, token, data }, context);
      expect(text.replace(/\s+/g, ' ')).toContain(words);
      expect(text).toContain('until 07:00 GMT');
      const link = urls(text)[0]?.split('/access/')[1] ?? '';
      expect(openLink(keys(context), link, purpose, instant('2026-11-24T07:01Z'))).toBeNull();
      expect(openLink(keys(context), link, purpose, instant('2026-11-24T06:59Z'))?.notice).toBe(token);
      const others = ACCESS_PURPOSES.filter((each) => each !== purpose);
      expect(openLink(keys(context), link, others, instant('2026-11-24T06:59Z'))).toBeNull();
    }
  });

  test('a new address is asked without naming the reader; the former one is told without naming the new', async () => {
    const { context, newsletter } = await newsroom();
    for (const language of ['en', 'vi', 'ar']) {
      const about = { newsletterId: newsletter.id, subscriberToken, language };
      const asked = await parsed({ kind: 'new-address', to: 'new@example.net', token, data: about }, context);
      expect(asked.mail.subject).toContain('Morning Briefing');
      expect(asked.text).toContain('new@example.net');
      expect(asked.text + asked.html).not.toContain('reader');
      expect(asked.header('list-unsubscribe')).toBeUndefined();
      const [link = '', ...others] = urls(asked.text);
      expect(others).toEqual([]);
      const opened = openLink(
        keys(context),
        link.split('/access/')[1] ?? '',
        'new-address',
        instant('2026-11-24T06:59Z'),
      );
      expect(opened).toMatchObject({ subscriber: subscriberToken, notice: token });
      const told = await parsed(
        { kind: 'address-changed', to, token, data: { ...about, address: 'n•••@example.net' } },
        context,
      );
      expect(told.text).toContain(to);
      expect(told.text).toContain('n•••@example.net');
      expect(urls(told.text)).toEqual([]);
      for (const [name, html] of [
        ['new-address', asked.html],
        ['address-changed', told.html],
      ] as const) {
        const page = await show(html, { width: 375 });
        expect(await complaints(page)).toEqual([]);
        await keepPicture(page, `${name}-${language}-375`);
      }
    }
  });
});

describe('to editors', () => {
  test('a proof is the draft with what an editor must know above it, and no link of it changes anything', async () => {
    const { db, context, newsletter } = await newsroom({
      approval: 'required',
      limits: { per_section: 1, more: 0, min_stories: 1 },
    });
    const editionId = await prepareEdition(context, newsletter, 'daily', SLOT);
    const { subject, mail, header, text, html } = await parsed(
      { kind: 'proof', to, token, data: { editionId, revision: 1 } },
      context,
    );
    expect(subject).toBe('[Draft 07:00] Eleven ports agree to share one flood fund');
    const flowing = text.replace(/\s+/g, ' ');
    expect(flowing).toContain('Draft of Morning Briefing, Tuesday 24 November 2026, revision 1');
    expect(flowing).toContain(
      'It goes out at 07:00 GMT if somebody approves it before. Without an approval it waits until 09:00 GMT, then it is skipped.',
    );
    for (const command of ['edition approve', 'edition hold', 'edition edit', 'why'])
      expect(text).toContain(`npx broadsheet ${command} morning/2026-11-24`);
    expect(flowing).toMatch(
      /3 stories were left out, the best of them: \* s003 Andean farmers win ruling on glacier water: below the last story/,
    );
    expect(mail.html).toContain('Night trains return');
    expect(header('list-unsubscribe')).toBeUndefined();
    expect(html).not.toMatch(/\/[up]\/(?!test)/);
    const page = await show(html, { width: 600 });
    expect(await complaints(page)).toEqual([]);
    await keepPicture(page, 'proof-600');

    const late = { ...context, now: () => instant('2026-11-24T07:20Z') };
    const madeUp = await parsed({ kind: 'proof', to, token, data: { editionId, revision: 1 } }, late);
    expect(madeUp.text.replace(/\s+/g, ' ')).toContain(
      'It should have gone out at 07:00 GMT. It waits for an approval until 09:00 GMT, then it is skipped.',
    );

    await approve(db, editionId, 'Mai', context.now(), 1);
    expect(
      (await parsed({ kind: 'proof', to, token, data: { editionId, revision: 1 } }, context)).text,
    ).toContain('This revision is approved.');
    await hold(db, editionId, 'waiting for legal', 'Jo', context.now());
    expect(
      (await parsed({ kind: 'proof', to, token, data: { editionId, revision: 1 } }, context)).text,
    ).toMatch(/It is held\. It goes out only if somebody\s+releases it; at 09:00\s+GMT it is\s+skipped\./);
  });

  test('a reminder says until when, before the hour and after it', async () => {
    const { context, newsletter } = await newsroom({ approval: 'required' });
    const editionId = await prepareEdition(context, newsletter, 'daily', SLOT);
    const notice: Notice = {
      kind: 'reminder',
      to,
      token,
      data: { editionId, deadline: SLOT.add({ hours: 2 }).epochMilliseconds },
    };
    const before = await parsed(notice, { ...context, now: () => instant('2026-11-24T06:55Z') });
    expect(before.subject).toBe('[Approve by 07:00] Eleven ports agree to share one flood fund');
    const after = await parsed(notice, { ...context, now: () => instant('2026-11-24T07:15Z') });
    expect(after.subject).toBe('[Waiting since 07:00] Eleven ports agree to share one flood fund');
    expect(after.text.replace(/\s+/g, ' ')).toContain(
      'It waits for an approval until 09:00 GMT, then it is skipped.',
    );
    expect(after.text).toContain('npx broadsheet edition approve morning/2026-11-24');
    const long: Notice = {
      ...notice,
      data: { editionId, deadline: SLOT.add({ hours: 20 }).epochMilliseconds },
    };
    const nextDay = await parsed(long, { ...context, now: () => instant('2026-11-24T07:15Z') });
    expect(nextDay.text.replace(/\s+/g, ' ')).toContain('until 03:00 GMT, Wednesday 25 November 2026, then');
  });

  test('a test is the edition, marked, counted nowhere, with links that do nothing', async () => {
    const { context, newsletter } = await newsroom();
    const editionId = await prepareEdition(context, newsletter, 'daily', SLOT);
    const prepared = await parsed({ kind: 'test', to, token, data: { editionId, revision: 1 } }, context);
    expect(prepared.subject).toBe('[Test r1] Eleven ports agree to share one flood fund');
    expect(prepared.header('list-unsubscribe')).toBe('<https://news.example/u/test>');
    expect(prepared.html).not.toMatch(/\/[up]\/(?!test)/);
    expect(prepared.header('feedback-id')).toContain(':test:');
    // The edition's page is not there before it goes out.
    expect(prepared.html).not.toContain('https://news.example/morning/');
  });

  test('where nothing is prepared a test shows what the edition would be', async () => {
    const { context, newsletter, db } = await newsroom();
    const { subject } = await parsed(
      { kind: 'test', to, token, data: { newsletterId: newsletter.id, at: SLOT.epochMilliseconds } },
      context,
    );
    expect(subject).toBe('[Test] Eleven ports agree to share one flood fund');
    expect(await db.selectFrom('editions').selectAll().execute()).toEqual([]);
  });
});

test('an alert is plain text from the newsletter’s own sender, so that it passes where editions pass', async () => {
  const { context } = await newsroom();
  const data = {
    problem: 'relay',
    subject: 'The relay does not answer\r\nBcc: x@example.org',
    text: 'Since 06:02.\n.\nNext try at 06:10.',
    over: false,
  };
  const { mail, header } = await parsed({ kind: 'alert', to: 'ops@news.example', token, data }, context);
  expect(mail.from).toEqual({ name: 'Broadsheet', address: 'digest@ledger.example' });
  expect(mail.subject).toBe('The relay does not answer Bcc: x@example.org');
  expect(mail.html).toBeUndefined();
  expect(mail.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(data.text);
  expect(header('auto-submitted')).toBe('auto-generated');
});

test('an alert leaves even where there is no newsletter yet', async () => {
  const { db } = await sqlite.create();
  const data = { problem: 'x', subject: 'Disk full', text: 'Nothing can be stored.', over: false };
  const { mail } = await parsed({ kind: 'alert', to: 'ops@news.example', token, data }, testContext(db));
  expect(mail.from?.address).toBe('broadsheet@news.example');
});

async function subscribe(db: Db, newsletterId: number): Promise<void> {
  const { id } = await db
    .insertInto('subscribers')
    .values({
      token: subscriberToken,
      email: to,
      email_key: to,
      address_key: 'k',
      lane: 'other',
      created_at: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('subscriptions')
    .values({
      subscriber_id: id,
      newsletter_id: newsletterId,
      rhythm: 'daily',
      state: 'active',
      created_at: 0,
    })
    .execute();
}
