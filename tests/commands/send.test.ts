import { expect, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { approveShown } from '../../src/editions/approve-shown.ts';
import { changeEdition } from '../../src/editions/change-edition.ts';
import { renderEditionFile } from '../../src/editions/edition-file.ts';
import { approve } from '../../src/editions/life.ts';
import { prepareEdition, previewRevision, recordMissedSlot } from '../../src/editions/prepare.ts';
import { namedNewsletter } from '../../src/newsletters/newsletter.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { addReaders, ordinaryReaders } from '../delivery/newsroom.ts';
import { instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { parseMail } from '../messages/parse.ts';
import { commandLine } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { type Script, startSink } from '../setup/smtp-sink.ts';

const MANY = { SMTP_RATE: '100000' };

onEachDatabase((database) => {
  async function newsroom({ script = {}, env = {} }: { script?: Script; env?: NodeJS.ProcessEnv } = {}) {
    const { db, url } = await database.create();
    const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'));
    await storeTestStories(db, NIGHT);
    await addReaders(db, newsletter.id, [
      ...ordinaryReaders(20),
      { email: 'paused@example.org', state: 'paused' },
      { email: 'gone@example.org', suppressed: true },
    ]);
    const sink = await startSink(script);
    const now = () => instant('2026-11-24T07:00:30Z');
    const settings = { DATABASE_URL: url, SMTP_URL: sink.url, ...MANY, ...env };
    const broadsheet = commandLine({ env: settings, now });
    return { db, newsletter, sink, broadsheet, settings, now };
  }

  test('send says what it would do and asks; with --yes everybody gets it, and only once', async () => {
    const { db, sink, broadsheet } = await newsroom();
    await using _ = sink;
    const asked = await broadsheet('send', 'morning');
    expect(asked.code).toBe(1);
    expect(asked.out).toContain('Morning Briefing, Tue 24 Nov, 07:00 Europe/London');
    expect(asked.out).toContain('Subject    Eleven ports agree to share one flood fund');
    expect(asked.out).toContain('People     20; left out: 1 paused, 1 suppressed');
    expect(asked.err).toContain('20 people would get it. In a script: add --yes');
    expect(sink.messages).toEqual([]);

    const sent = await broadsheet('send', 'morning', '--yes', '--by', 'Mai');
    expect(sent).toMatchObject({ code: 0, err: '' });
    expect(sent.out).toContain('22 people = 20 sent + 0 refused + 2 left out');
    expect(sent.out).toContain('broadsheet report morning/2026-11-24');
    // The editors get no proof of what has gone out already.
    expect(sink.taken.size).toBe(20);
    expect(await db.selectFrom('notices').select('kind').execute()).toEqual([]);
    const mail = await parseMail(sink.messages[0]?.raw ?? '');
    expect(mail.subject).toBe('Eleven ports agree to share one flood fund');

    const again = await broadsheet('send', 'morning', '--yes');
    expect(again.code).toBe(0);
    expect(again.out).toContain(
      'morning/2026-11-24 went out on Tue 24 Nov, 07:00 Europe/London: 20 sent. An edition goes out once.',
    );
    expect(sink.messages).toHaveLength(20);
  });

  test('the first edition of a new newsletter can be sent at once: the one that preview and why show', async () => {
    const { db, url } = await database.create();
    // Made after the last time on its schedule, before the next.
    const newsletter = await newsletterOf(db, instant('2026-11-24T08:00Z'));
    await storeTestStories(
      db,
      NIGHT.map((story) => ({ ...story, published: '2026-11-24T07:30Z' })),
    );
    await addReaders(db, newsletter.id, ordinaryReaders(3));
    await using sink = await startSink({});
    const broadsheet = commandLine({
      env: { DATABASE_URL: url, SMTP_URL: sink.url, ...MANY },
      now: () => instant('2026-11-24T08:05Z'),
    });
    const preview = await broadsheet('preview', 'morning', '--json');
    expect(preview).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(preview.out).edition).toBe('morning/2026-11-25');
    const why = await broadsheet('why', 'morning');
    expect(why.out).toMatch(/1 +Top story +s001 +Eleven ports agree to share one flood fund +\d\.\d\d/);
    expect(why.out).toContain('broadsheet why morning --story');
    expect(await db.selectFrom('editions').select('id').execute()).toEqual([]);

    const sent = await broadsheet('send', 'morning', '--yes');
    expect(sent).toMatchObject({ code: 0, err: '' });
    expect(sent.out).toContain('broadsheet report morning/2026-11-25');
    expect(sink.taken.size).toBe(3);
  });

  test('report adds up, by reason and by answer', async () => {
    const { sink, broadsheet } = await newsroom({
      script: {
        rcpt: (to) =>
          ({
            'r1@example.org': '550 5.1.1 No such user',
            'r2@example.org': '550 5.7.1 Policy',
            'r3@example.org': '450 4.2.2 Full',
          })[to],
      },
    });
    await using _ = sink;
    const sent = await broadsheet('send', 'morning', '--yes', '--by', 'Mai');
    expect(sent.out).toContain('1 person left:  broadsheet start  goes on with them');
    const again = await broadsheet('send', 'morning', '--yes');
    expect(again.code).toBe(0);
    expect(again.out).toMatch(
      /went out on Tue 24 Nov, 07:00 .*: 17 sent, 1 to be tried again from .* 07:0[456]/,
    );
    const { out } = await broadsheet('report', 'morning');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'Morning Briefing, Tuesday 24 November 2026                       sending since 07:00',
      ' Approved by Mai, 07:00 (revision 1)',
      '',
      ' Audience                  22',
      `   sent                    17    127.0.0.1:${sink.port}: 17`,
      '   refused                  2    1 address gone, 1 policy',
      '                                 suppressed when the edition has ended',
      '   left out                 2    1 paused, 1 suppressed',
      '   expired                  0',
      '   unknown                  0',
      expect.stringMatching(/^ {3}still open {15}1 {4}1 mailbox full or busy, next try 07:0[456]$/),
      '   ───────────────────────────',
      '   adds up                 22 ✓',
      '',
      ' Lists        --list sent | refused | excluded | open     one person: --to ADDRESS',
    ]);
    const json = JSON.parse((await broadsheet('report', 'morning', '--json')).out);
    expect(json).toMatchObject({
      edition: 'morning/2026-11-24',
      state: 'sending',
      audience: 22,
      sent: { total: 17 },
      refused: { total: 2 },
      excluded: { total: 2 },
      open: { total: 1, later: 1, nextTryAt: expect.stringMatching(/^2026-11-24T.*Z$/) },
      slotAt: expect.stringMatching(/^2026-11-24T.*Z$/),
    });
  });

  test('what changes while the person looks at it is not sent', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom();
    await using _ = sink;
    const context = testContext(db, { now: '2026-11-24T07:00:30Z' });
    const shown = await previewRevision(context, newsletter, instant('2026-11-24T07:00Z'));
    await storeTestStories(db, [{ headline: 'Cabinet resigns', published: '2026-11-24T06:50Z' }]);
    await expect(approveShown(context, shown, 'Mai')).rejects.toThrow(
      /^morning\/2026-11-24 has changed since it was shown: s007 came in, .*Nothing was sent; look at it again\.$/,
    );
    // Nothing is left of the attempt that the clock could send or skip.
    expect(await db.selectFrom('editions').selectAll().execute()).toEqual([]);

    const draft = await prepareEdition(context, newsletter, 'daily', instant('2026-11-24T07:00Z'));
    const first = await previewRevision(context, newsletter, instant('2026-11-24T07:00Z'));
    const file = renderEditionFile(first).replace(/^subject:.*$/m, 'subject: A quiet day');
    await changeEdition(db, draft, { text: file, name: 'edition.yaml' }, 'Jo', context.now());
    await expect(approveShown(context, first, 'Mai')).rejects.toThrow('the subject changed');
    expect(await db.selectFrom('editions').select('state').execute()).toEqual([{ state: 'draft' }]);

    const sent = await broadsheet('send', 'morning', '--yes', '--by', 'Mai');
    expect(sent.out).toContain('Subject    A quiet day');
    expect(sent.out).toContain('20 messages');
  });

  test('of two rhythms that go out at the same time each is sent by its name', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom();
    await using _ = sink;
    await newsletterOf(db, instant('2026-11-01T00:00Z'), {
      rhythms: { daily: '0 7 * * *', weekly: '0 7 * * 2' },
    });
    await addReaders(db, newsletter.id, [{ email: 'week@example.org', rhythm: 'weekly' }]);
    const daily = await broadsheet('send', 'morning', '--yes');
    expect(daily.out).toContain('People     20');
    expect(daily.out).toContain('broadsheet send morning --rhythm weekly');
    expect((await broadsheet('send', 'morning', '--rhythm', 'weekdays', '--yes')).err).toContain(
      'morning has no rhythm weekdays. It has daily, weekly.',
    );
    const weekly = await broadsheet('send', 'morning', '--rhythm', 'weekly', '--yes');
    expect(weekly.out).toContain('People     1\n');
    expect(weekly.out).toContain('broadsheet report morning/2026-11-24-weekly');
    expect(sink.messages).toHaveLength(21);
    // A time that only the weekly schedule names is its own.
    const other = await newsletterOf(db, instant('2026-11-01T00:00Z'), {
      rhythms: { daily: '0 7 * * *', weekly: '0 9 * * 6' },
    });
    const context = testContext(db, { now: '2026-11-24T07:00:30Z' });
    const { edition } = await previewRevision(context, other, instant('2026-11-28T09:00Z'));
    expect(edition).toMatchObject({ name: 'morning/2026-11-28T0900', rhythm: 'weekly' });
  });

  test('an edition whose sender died goes on, without asking anew', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom();
    await using _ = sink;
    const context = testContext(db, { now: () => instant('2026-11-24T07:00:10Z') });
    const id = await prepareEdition(context, newsletter, 'daily', instant('2026-11-24T07:00Z'));
    await approve(db, id, 'Mai', context.now());
    await freezeAudience(context, id);
    const sent = await broadsheet('send', 'morning');
    expect(sent).toMatchObject({ code: 0, err: '' });
    expect(sent.out).toContain('It goes on where it stopped.');
    // The draft's way to its editor is none of its readers'.
    sink.taken.delete('mai@ledger.example');
    expect(sink.taken.size).toBe(20);
  });

  test('without a relay nothing happens, and the person is told', async () => {
    const { db, sink, broadsheet } = await newsroom({ env: { SMTP_URL: '' } });
    await using _ = sink;
    const { code, err } = await broadsheet('send', 'morning', '--yes');
    expect(code).toBe(1);
    expect(err).toContain('No relay is set: editions wait, nothing is lost.');
    expect(await db.selectFrom('editions').selectAll().execute()).toEqual([]);
  });

  test('a relay that takes no mail is found out before anything is written down', async () => {
    const { db, sink, broadsheet } = await newsroom();
    const sayings: [Script, RegExp][] = [
      [{ greeting: () => '554 5.7.1 not you' }, /, 554 5\.7\.1 not you\. .*its own words/],
      [{ greeting: () => ({ drop: true }) }, /127\.0\.0\.1:\d+, it closed the line\.|unexpectedly/],
    ];
    for (const [script, said] of sayings) {
      sink.script = script;
      expect(await broadsheet('send', 'morning', '--yes')).toMatchObject({
        code: 1,
        err: expect.stringMatching(said),
      });
    }
    await sink[Symbol.asyncDispose]();
    const { out, err } = await broadsheet('send', 'morning', '--yes');
    expect(out).toBe('');
    expect(err).toContain(`✗ The relay does not take mail: ${sink.url}, nothing listens there`);
    expect(err).toMatch(/Nothing was changed or sent\. What to do: check host and port in SMTP_URL/);
    expect(await db.selectFrom('editions').selectAll().execute()).toEqual([]);
  });

  test('one relay of two that is away is told, and the other takes over', async () => {
    const { sink, broadsheet, settings, now } = await newsroom({ env: { SMTP_URL: 'smtp://127.0.0.1:1' } });
    await using _ = sink;
    const alone = await broadsheet('send', 'morning', '--yes');
    expect(alone.err).toContain('The relay does not take mail: smtp://127.0.0.1:1, nothing listens there');
    const twoRelays = { ...settings, SMTP_URL_2: sink.url };
    const both = commandLine({ env: twoRelays, now });
    const early = () => instant('2026-11-24T06:00:00Z');
    const test = await commandLine({ env: twoRelays, now: early })(
      'test',
      'morning',
      '--to',
      'an@news.example',
    );
    expect(test).toMatchObject({ code: 0, err: expect.stringContaining('takes over') });
    expect(sink.taken.has('an@news.example')).toBe(true);
    const sent = await both('send', 'morning', '--yes');
    expect(sent.code).toBe(0);
    expect(sent.err).toBe(
      ` ! relay       smtp://127.0.0.1:1: nothing listens there (connection refused); ${sink.url} takes over`,
    );
    expect(sink.taken.size).toBe(21);
    await sink[Symbol.asyncDispose]();
    const none = await both('test', 'morning', '--to', 'an@news.example');
    expect(none.err).toContain('No relay takes mail: smtp://127.0.0.1:1, nothing listens there');
    expect(none.err).toContain(`; ${sink.url}, nothing listens there`);
  });

  test('links that no reader could open are sent to nobody, and every command says the same', async () => {
    const env = { SMTP_URL: 'smtp://mail.invalid:587', PUBLIC_URL: 'http://localhost:3000' };
    const { db, sink, broadsheet, settings, now } = await newsroom({ env });
    await using _ = sink;
    const said = 'http://localhost:3000 is this machine only: readers could not leave';
    const sent = await broadsheet('send', 'morning', '--yes');
    expect(sent).toMatchObject({ code: 1, out: '' });
    expect(sent.err).toBe(`✗ ${said}: set PUBLIC_URL to the address that readers can open.`);
    expect(await db.selectFrom('editions').selectAll().execute()).toEqual([]);
    const checked = await broadsheet('check', '--offline');
    expect(checked.out).toContain(' ✓ secret');
    expect(checked.out).toContain(` ✗ pages       ${said}`);
    const status = (await broadsheet('status')).out;
    expect(status.split(said)).toHaveLength(2);
    expect(status).toContain('Sending is off');

    // What the clock made due waits too: nothing is claimed until PUBLIC_URL is mended.
    const id = await prepareEdition(
      testContext(db),
      await namedNewsletter(db, 'morning'),
      'daily',
      instant('2026-11-24T07:00Z'),
    );
    await approve(db, id, 'Mai', now());
    const context = testContext(db, { now, env: settings });
    await freezeAudience(context, id);
    const dead = await startSender(context, nodemailerRelay(sink.url, { connections: 1 }));
    await dead.stop();
    expect(sink.messages).toEqual([]);
    const mended = testContext(db, { now, env: { ...settings, PUBLIC_URL: 'https://news.example' } });
    const sender = await startSender(mended, nodemailerRelay(sink.url, { connections: 1 }));
    await sender.idle();
    await sender.stop();
    expect(sink.taken.get('r1@example.org')).toBe(1);
  });

  test('other mail that is due is counted in, and leaves first', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom({ env: { SMTP_RATE: '100' } });
    await using _ = sink;
    const now = instant('2026-11-24T07:00:00Z');
    for (let each = 0; each < 150; each++) {
      const data = { newsletterId: newsletter.id, subscriberToken: 'x'.repeat(16), language: 'en' };
      await queueNotice(db, each === 0 ? 'welcome' : 'confirmation', `new${each}@example.org`, data, now);
    }
    const { out } = await broadsheet('send', 'morning');
    expect(out).toContain('First      149 confirmation mails and 1 other: they leave before any edition');
    expect(out).toContain('Expected   under a minute, until Tue 24 Nov, 07:00');
  });

  test('what check finds wrong stands above the question', async () => {
    const { db, sink, broadsheet } = await newsroom();
    await using _ = sink;
    await newsletterOf(db, instant('2026-11-01T00:00Z'), { from: 'Ledger <ledger@gmail.com>' });
    const { out, err } = await broadsheet('send', 'morning');
    expect(out).toMatch(/ ✗ sender +ledger@gmail\.com: .*\n +→ use an address of your own domain as from/);
    expect(out).not.toContain('✓');
    expect(err).toContain('20 people would get it');
  });

  test('of an edition that was skipped a person is told how to send what is news all the same', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom();
    await using _ = sink;
    const slot = instant('2026-11-24T07:00Z');
    const note = 'Broadsheet was not running until 07:00';
    await recordMissedSlot(db, newsletter, 'daily', slot, note, slot);
    const refused = await broadsheet('send', 'morning', '--yes');
    expect(refused.err).toContain(`morning/2026-11-24: Skipped: ${note}.`);
    const command = /broadsheet (send morning --at \S+)/.exec(refused.err)?.[1] ?? '';
    expect(command).toBe('send morning --at 2026-11-24T07:01');
    const sent = await broadsheet(...command.split(' '), '--yes');
    expect(sent.out).toContain('20 messages');
    expect(sent.out).toContain('broadsheet report morning/2026-11-24T0701');
  });

  test('what somebody holds is not sent, nor what has no story', async () => {
    const { db, newsletter, sink, broadsheet } = await newsroom();
    await using _ = sink;
    const context = testContext(db, { now: '2026-11-24T06:00Z' });
    await prepareEdition(context, newsletter, 'daily', instant('2026-11-24T07:00Z'));
    await broadsheet('edition', 'hold', 'morning', '--by', 'Jo', '--note', 'waiting for legal');
    const { code, err } = await broadsheet('send', 'morning', '--yes');
    expect(code).toBe(1);
    expect(err).toContain('morning/2026-11-24 is held by Jo (waiting for legal). Let go of it first');
    const empty = await broadsheet('send', 'morning', '--at', '2026-11-01T07:00', '--yes');
    expect(empty.err).toContain('morning/2026-11-01 has no story to send');
    expect(sink.messages).toEqual([]);
  });
});
