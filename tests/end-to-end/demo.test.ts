import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../setup/command-line.ts';
import { broadsheet } from '../setup/program.ts';

test('the demo plays a morning: stories in, an edition out, a report that adds up, and ends', async () => {
  const folder = temporaryFolder();
  // Neither of these may be read, let alone mailed.
  const own = {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    SMTP_URL: 'smtp://127.0.0.1:1',
    PORT: 'wrong',
  };
  writeFileSync(join(folder, '.env'), 'PUBLIC_URL=not a url\n');
  const demo = broadsheet(folder, own, 'demo', '--once');
  expect(await demo.ends(), demo.printed()).toEqual({ code: 0, signal: null });

  const printed = demo.printed();
  expect(printed).toMatch(/✓ stories +\d+ in \d+ files: \d+ new, 1 changed, 1 the same, 1 refused/);
  expect(printed).toMatch(/refused: wire\.txt, line \d+: no headline above the dateline/);
  expect(printed).toMatch(/✓ edition +Morning Briefing, \w+ \d+ \w+, 07:00 Europe\/London/);
  expect(printed).toMatch(/Top story +Eleven ports agree to share one flood fund/);
  expect(printed).toMatch(/3 reports of one event, 2 hours old, has a picture/);
  const sum = /(\d+) people = (\d+) sent \+ (\d+) refused \+ (\d+) left out/.exec(printed) ?? [];
  const [people = 0, sent = 0, refused = 0, leftOut = 0] = sum.slice(1).map(Number);
  expect(people).toBe(28);
  expect(sent + refused + leftOut).toBe(people);
  expect(printed).toContain('No mail left this machine.');

  const mail = await PostalMime.parse(readFileSync(join(folder, 'out', 'message.eml')));
  expect(mail.subject).toBe('Eleven ports agree to share one flood fund');
  const html = readFileSync(join(folder, 'out', 'message.html'), 'utf8');
  const pictures = [...html.matchAll(/<img[^>]* src="([^"]+)"/g)].map(([, src]) => src ?? '');
  expect(pictures.length).toBeGreaterThan(0);
  for (const picture of pictures) expect(existsSync(join(folder, 'out', picture)), picture).toBe(true);
  expect(readFileSync(join(folder, 'out', 'message.txt'), 'utf8')).toBe(mail.text);

  const [, sentName = ''] = /npx broadsheet why (\S+) --demo/.exec(printed) ?? [];
  const why = broadsheet(folder, own, 'why', sentName, '--demo');
  expect(await why.ends(), why.printed()).toEqual({ code: 0, signal: null });
  expect(why.printed()).toContain('Eleven ports agree to share one flood fund');

  // News went on: there is a draft to edit, of enough stories to go out.
  expect(printed).toContain('npx broadsheet edition edit morning --demo');
  const draft = broadsheet(folder, own, 'edition', 'show', 'morning', '--json', '--demo');
  expect(await draft.ends(), draft.printed()).toEqual({ code: 0, signal: null });
  const { edition, items } = JSON.parse(draft.printed()) as { edition: { state: string }; items: unknown[] };
  expect(edition.state).toBe('draft');
  expect(items.length).toBeGreaterThanOrEqual(5);
});

test('the demo keeps its inbox and its pages open: a reader leaves with one click, until Ctrl-C', async () => {
  const folder = temporaryFolder();
  const demo = broadsheet(folder, {}, 'demo');
  const [, inbox = ''] = await demo.says(/Inbox +(http:\S+)/);
  await demo.says(/Ctrl-C ends the demo/);
  const page = await (await fetch(inbox)).text();
  expect(page, 'the main edition lies on top').toMatch(
    /<h2[^>]*>\s*Eleven ports agree to share one flood fund/,
  );

  const [, count = ''] = /(\d+) messages/.exec(page) ?? [];
  const mail = await PostalMime.parse(await (await fetch(`${inbox}/m/${count}/raw`)).text());
  const target = /<(http[^>]+)>/.exec(
    mail.headers.find(({ key }) => key === 'list-unsubscribe')?.value ?? '',
  );
  const left = await fetch(target?.[1] ?? '', {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect(left.status).toBe(200);
  const picture = /https?:\/\/[^"]+\/pictures\/[^"]+/.exec(mail.html ?? '')?.[0] ?? '';
  expect((await fetch(picture)).headers.get('content-type')).toBe('image/jpeg');

  const send = broadsheet(folder, {}, 'send', 'morning', '--yes', '--demo');
  expect(await send.ends(), send.printed()).toEqual({ code: 0, signal: null });
  const [, more = ''] = /(\d+) messages/.exec(await (await fetch(inbox)).text()) ?? [];
  expect(Number(more) - Number(count), 'the draft goes to all but the one who left').toBe(24);

  const second = broadsheet(folder, {}, 'demo', '--once');
  expect(await second.ends(), second.printed()).toEqual({ code: 1, signal: null });
  expect(second.printed()).toContain('A demo is running in this folder already');

  demo.child.kill('SIGINT');
  expect(await demo.ends(), demo.printed()).toEqual({ code: 0, signal: null });
});
