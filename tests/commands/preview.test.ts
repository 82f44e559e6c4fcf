import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { parseMail } from '../messages/parse.ts';
import { commandLine } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

onEachDatabase((database) => {
  async function newsroom(settings: Record<string, unknown> = {}) {
    const { db, url } = await database.create();
    const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'), settings);
    await storeTestStories(db, NIGHT);
    return { db, newsletter, broadsheet: commandLine({ env: { DATABASE_URL: url } }) };
  }

  test('preview shows the next edition, writes the message, and changes nothing', async () => {
    const { db, broadsheet } = await newsroom();
    await readers(db, [
      { sections: null },
      { sections: ['Business'] },
      { sections: ['Business', 'World'] },
      { sections: ['Sport'] },
      { sections: null, pausedUntil: instant('2026-12-01T00:00Z').epochMilliseconds },
      { sections: ['World'], pausedUntil: instant('2026-12-01T00:00Z').epochMilliseconds },
      { sections: null, pausedUntil: instant('2026-11-01T00:00Z').epochMilliseconds },
    ]);
    const before = await contents(db);
    const { code, out } = await broadsheet('preview', 'morning');
    expect(code).toBe(0);
    expect(out.replace(/HTML \d+ kB, message \d+ kB/, 'HTML … kB, message … kB')).toMatchInlineSnapshot(`
      "Morning Briefing, Tue 24 Nov, 07:00 Europe/London      nothing is changed or sent
       Subject    Eleven ports agree to share one flood fund  (42)
       Preheader  Also: Night trains return between Lisbon and Marseille; Andean farmers win ruling on glacier water  (98)

       Top story   s001  Eleven ports agree to share one flood fund         Harbour Wire  2 h
       World       s002  Night trains return between Lisbon and Marseille   Harbour Wire  5 h
                   s003  Andean farmers win ruling on glacier water         Correo        8 h
                   s006  Museum returns a bell to its village               Correo        13 h
       Business    s004  Chipmaker splits off its packaging arm             Harbour Wire  3 h
                   s005  Grocers test labels that show the price of a meal  Correo        11 h
       More news   0 links      left out 0

       6 stories, 162 words, 1 minute.  HTML … kB, message … kB.
       Audience   4 people in 2 versions; 3 left out
                  1 no section in it today, 2 paused

       Written    out/message.html  message.txt  message.eml  report.json
       Next       broadsheet test morning --to mai@ledger.example"
    `);
    expect(await contents(db)).toEqual(before);
    const file = (name: string) => readFileSync(join(broadsheet.folder, 'out', name), 'utf8');
    const mail = await parseMail(file('message.eml'));
    expect(mail.subject).toBe('Eleven ports agree to share one flood fund');
    expect(mail.html?.replaceAll('\r\n', '\n').trim()).toBe(file('message.html').trim());
    expect(mail.text?.replaceAll('\r\n', '\n').trim()).toBe(file('message.txt').trim());
    expect(JSON.parse(file('report.json'))).toMatchObject({
      edition: 'morning/2026-11-24',
      revision: 0,
      leftOut: 0,
      skipped: null,
    });
  });

  test('it shows what readers of some sections get, and says where they get nothing', async () => {
    const { broadsheet } = await newsroom({ sections: ['World', 'Business', 'Sport'] });
    const business = await broadsheet('preview', 'morning', '--sections', 'business', '--json', '--out', 'b');
    expect(JSON.parse(business.out)).toMatchObject({
      sections: ['Business'],
      subject: 'Chipmaker splits off its packaging arm',
      stories: [
        { place: 'lead' },
        { place: 'story', headline: 'Grocers test labels that show the price of a meal' },
      ],
    });
    expect(await broadsheet('preview', 'morning', '--sections', 'Sport')).toEqual({
      code: 1,
      out: '',
      err: '✗ morning/2026-11-24 has nothing for readers of Sport: they would get no mail.',
    });
    expect((await broadsheet('preview', 'morning', '--sections', 'Weather')).err).toBe(
      '✗ morning has no section Weather; it has World, Business, Sport.',
    );
  });

  test('an edition that would not go out is said to be skipped, with the reason', async () => {
    const { db, broadsheet } = await newsroom({ limits: { min_stories: 7 } });
    const { code, out } = await broadsheet('preview', 'morning');
    expect(code).toBe(0);
    expect(out).toContain('\n ! Would be skipped: 6 stories, 7 are needed\n');
    const report = async () => JSON.parse((await broadsheet('preview', 'morning', '--json')).out);
    expect(await report()).toMatchObject({ skipped: '6 stories, 7 are needed' });
    await db.updateTable('newsletters').set({ enabled: 0 }).execute();
    expect(await report()).toMatchObject({ skipped: 'the newsletter is switched off' });
  });

  test('a headline that mail will cut is pointed out, and shown as mail shows it', async () => {
    const { db, broadsheet } = await newsroom();
    await storeTestStories(db, [
      { headline: `Harbour ${'masters and pilots '.repeat(15)}finish`, published: '2026-11-24T05:30Z' },
    ]);
    const { out } = await broadsheet('preview', 'morning');
    expect(out).toMatch(/\n ! \w+: its headline has 299 characters; mail cuts it at a word before 140\n/);
    const report = JSON.parse((await broadsheet('preview', 'morning', '--json')).out);
    expect(report.longHeadlines.length).toBe(1);
    expect(JSON.stringify(report.stories)).not.toContain('finish');
  });

  test('it takes another time, in the newsletter’s own zone', async () => {
    const { broadsheet } = await newsroom({ time_zone: 'Asia/Kathmandu' });
    const { out } = await broadsheet('preview', 'morning', '--at', '2026-11-24T12:45', '--json');
    expect(JSON.parse(out).slotAt).toBe('2026-11-24T07:00:00Z');
    expect(await broadsheet('preview', 'morning', '--at', 'tomorrow')).toMatchObject({
      code: 2,
      err: '✗ --at expects a time such as 2026-11-24T07:00, not tomorrow.',
    });
    expect((await broadsheet('preview', 'morning', '--at', '2020-01-01T07:00')).err).toContain(
      'would have no story',
    );
  });

  test('an edition that is prepared is shown as it stands', async () => {
    const { db, newsletter, broadsheet } = await newsroom();
    await prepareEdition(
      testContext(db, { now: '2026-11-24T06:00Z' }),
      newsletter,
      'daily',
      instant('2026-11-24T07:00Z'),
    );
    expect((await broadsheet('preview', 'morning')).out).toContain('prepared, revision 1');
  });

  test('a name that is not found is answered with the nearest', async () => {
    const { broadsheet } = await newsroom();
    expect(await broadsheet('preview', 'mornin')).toMatchObject({
      code: 1,
      err: expect.stringContaining('morning'),
    });
  });
});

/** Everything that a preview could change. */
async function contents(db: Db) {
  const tables = [
    'editions',
    'revisions',
    'edition_items',
    'edition_candidates',
    'notices',
    'deliveries',
    'audit',
    'stories',
  ] as const;
  return Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
}

async function readers(
  db: Db,
  people: Array<{ sections: string[] | null; pausedUntil?: number }>,
): Promise<void> {
  for (const [index, { sections, pausedUntil }] of people.entries()) {
    const email = `reader${index}@example.org`;
    const { id } = await db
      .insertInto('subscribers')
      .values({
        token: `t${index}`,
        email,
        email_key: email,
        address_key: email,
        lane: 'other',
        created_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('subscriptions')
      .values({
        subscriber_id: id,
        newsletter_id: 1,
        rhythm: 'daily',
        sections: sections && JSON.stringify(sections),
        state: pausedUntil === undefined ? 'active' : 'paused',
        paused_until: pausedUntil ?? null,
        created_at: 0,
      })
      .execute();
  }
}
