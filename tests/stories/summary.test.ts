import { expect, test } from 'vitest';
import { type Summarisable, summarise } from '../../src/stories/summary.ts';

const gates = `ROTTERDAM, Nov 24 (Harbour Wire) - Eleven North Sea ports agreed on Monday to pay into a single fund for storm gates. The fund will hold 4.2 billion euros by 2031, said its first director, Marit Oosterhuis.

Photo: The Maas gates at dawn. Wire/K. Berg

"We bid against each other for ten years, and the sea did not wait," Oosterhuis said.

However, two cities have yet to ratify the deal. She expects both votes before Christmas.

What will it build first? Gates at Esbjerg and Hull head the list because both closed their harbours four times last winter.

Insurers welcomed the fund, which they say will cut harbour premiums by about a tenth.

Read more: How the gates work

Source: Harbour Wire`;

function story(parts: Partial<Summarisable>): Summarisable {
  return {
    headline: 'Eleven ports agree to share one flood fund',
    body: '',
    description: null,
    summary: null,
    summaryBy: null,
    language: 'en',
    ...parts,
  };
}

test('the editor’s summary wins as it is, however long', () => {
  const summary = `${'Word '.repeat(100)}end.`;
  const description =
    'A description that is whole prose and long enough to be taken for a summary by itself.';
  expect(summarise(story({ summary, summaryBy: 'editor', description, body: gates }), 320)).toEqual({
    text: summary,
    by: 'editor',
  });
});

test('a description is taken when it is whole prose', () => {
  const description =
    'Ports from Aberdeen to Bremerhaven will pay into a single pot for storm gates and salt marsh, ending ten years of rival bids.';
  expect(summarise(story({ description, body: gates }), 320)).toEqual({ text: description, by: 'feed' });
});

test.each([
  ['a teaser', 'Ports from Aberdeen to Bremerhaven will pay into a single pot for storm gates and salt […]'],
  ['cut off', 'Ports from Aberdeen to Bremerhaven will pay into a single pot for storm gates and salt'],
  [
    'trailing dots',
    'Ports from Aberdeen to Bremerhaven will pay into a single pot. The reason may surprise...',
  ],
  ['the headline again', 'Eleven ports agree to share one flood fund, in a deal.'],
  ['far too short', 'Ports will share.'],
  [
    'a question',
    'Why do eleven ports from Aberdeen to Bremerhaven want to pay into a single pot for storm gates and marsh?',
  ],
])('a description that is %s gives way to an extract', (_what, description) => {
  const { text, by } = summarise(story({ description, body: gates }), 320);
  expect(by).toBe('extract');
  expect(text).toMatch(/^Eleven North Sea ports agreed on Monday/);
});

test('a description longer than the room gives its leading whole sentences', () => {
  const first =
    'Ports from Aberdeen to Bremerhaven will pay into a single pot for storm gates and salt marsh.';
  const { text, by } = summarise(story({ description: `${first} ${'More follows here. '.repeat(20)}` }), 130);
  expect({ text, by }).toEqual({ text: `${first} More follows here.`, by: 'feed' });
});

test('an extract is whole sentences in story order, from the beginning on, within the room', () => {
  for (const most of [160, 320, 560]) {
    const { text, by } = summarise(story({ body: gates }), most);
    expect(by).toBe('extract');
    expect(text.length).toBeLessThanOrEqual(most);
    expect(text).toMatch(/^Eleven North Sea ports agreed on Monday .*[.”"]$/);
  }
});

test('an extract holds no dateline, caption, source line, invitation or question', () => {
  const { text } = summarise(story({ body: gates }), 560);
  expect(text).not.toMatch(/ROTTERDAM|Harbour Wire|Photo|Berg|Read more|Source|\?/);
});

test('an extract does not say the same thing twice', () => {
  const said = 'Eleven North Sea ports will pay into one flood fund for storm gates.';
  const body = `${said} Eleven North Sea ports pay into one flood fund for their storm gates. ${gates.split('\n\n')[3]} Ostend has yet to ratify the treaty that its mayor signed on Monday. Storm gates at Hull come first. Insurers expect premiums to fall by a tenth within three winters.`;
  const { text } = summarise(story({ body }), 200);
  expect(text.startsWith(said)).toBe(true);
  expect(text).not.toContain('their storm gates');
});

test('a sentence that leans on the one before comes only with it', () => {
  for (const most of [200, 320, 440, 560]) {
    const { text } = summarise(story({ body: gates }), most);
    if (text.includes('However')) expect(text).toMatch(/did not wait," Oosterhuis said\. However/);
    if (text.includes('She expects')) expect(text).toContain('ratify the deal. She expects');
  }
});

test('the most telling sentence is left out when it leans on one that is', () => {
  const first = 'Eleven North Sea ports will pay into one flood fund for storm gates.';
  const aside = `Marit Oosterhuis ${'walked along the quay, looked at the gulls and '.repeat(4)}drank tea.`;
  const telling = 'She walked along the quay, looked at the gulls and drank tea.';
  const plain = 'Hull and Esbjerg are the first two towns on a long list of works.';
  const body = [first, aside, telling, plain, `${aside} ${telling}`].join(' ');
  expect(summarise(story({ body }), 150).text).toBe(`${first} ${plain}`);
});

test('a short story is its own summary', () => {
  const body = 'The Esbjerg gate closed at noon. It reopens on Friday.';
  expect(summarise(story({ body: `ESBJERG: ${body}` }), 320)).toEqual({ text: body, by: 'extract' });
});

test('one overlong sentence is cut at a word', () => {
  const body = `The council ${'and the harbour board '.repeat(30)}agreed.`;
  const { text, by } = summarise(story({ body }), 100);
  expect(by).toBe('extract');
  expect(text.length).toBeLessThanOrEqual(100);
  expect(text).toMatch(/^The council .*\p{L}…$/u);
});

test('a story with prose never has an empty summary', () => {
  for (const body of [
    'Will the gates hold?',
    'He said so. They agreed.',
    'no full stop and all small letters',
    '"A torn quotation. And more of it',
    'However, it did not.',
  ]) {
    for (const most of [80, 320]) expect(summarise(story({ body }), most).text).not.toBe('');
  }
});

test('without a body a teaser is better than nothing, and without both there is nothing', () => {
  const description = 'Ports from Aberdeen to Bremerhaven will pay into a single pot for storm gates […]';
  expect(summarise(story({ description }), 320)).toEqual({ text: description, by: 'feed' });
  expect(summarise(story({}), 320)).toEqual({ text: '', by: 'feed' });
});

test.each([
  ['Seoul [South Korea], November 30: ', 'en'],
  ['LONDON, Nov 30 (Reuters) - ', 'en'],
  ['(AP) -- ', 'en'],
  ['HANOI — ', 'en'],
  ['By Anna Lund\n\nPublished: 09:41, 18 February 2026\n\nOslo, Norway, Feb. 18: ', 'en'],
  ['WASHINGTON, D.C. (AP) — ', 'en'],
  ['Berlin, 24. November (dpa) - ', 'de'],
  ['Hà Nội, ngày 24/11 - ', 'vi'],
  ['القاهرة، 24 نوفمبر: ', 'ar'],
  ['القاهرة (رويترز) - ', 'ar'],
  ['【東京共同】', 'ja'],
  ['[allAfrica] ', 'en'],
])('the head "%s" is taken off', (head, language) => {
  const sentence =
    language === 'ar' ? 'أعلنت الوزارة فتح الجسر الجديد.' : 'Ministers opened the new bridge to Ostrava.';
  expect(summarise(story({ body: `${head}${sentence}`, language }), 320).text).toBe(sentence);
});

test.each([
  'The verdict: guilty on all counts, the court in Huaraz said.',
  'NASA said on Monday: the probe is lost.',
  'In May 2024 - the wettest on record - the river rose by 2 metres.',
  'Mr. Kim (Korea) won the race in 41 seconds.',
])('a sentence that only looks like a dateline stays: %s', (sentence) => {
  expect(summarise(story({ body: sentence }), 320).text).toBe(sentence);
});

test.each([
  'By noon the gates of Esbjerg had closed.',
  'By Monday night, the river had risen 2 metres.',
  'Por la noche el mar subió dos metros.',
])('a sentence that only looks like a byline stays: %s', (sentence) => {
  expect(summarise(story({ body: sentence }), 320).text).toBe(sentence);
});

test('a sentence that leans on what is left out is left out in other languages too', () => {
  const cases: [string, string, RegExp][] = [
    [
      'de',
      'Elf Häfen zahlen künftig in eine gemeinsame Kasse für Sturmtore ein. Das Geld reicht für zwei Fünftel der Bauten. Möwen kreisten am Montag über der Mole. Er rechnet mit zwei Jahren Bauzeit. Elf Häfen hatten zehn Jahre lang um dieselben Sturmtore geboten.',
      /Er rechnet/,
    ],
    [
      'vi',
      'Mười một cảng biển sẽ góp tiền vào một quỹ chung để xây cửa chắn bão. Quỹ chung có 1,7 tỷ euro khi bắt đầu. Trời hôm ấy nhiều mây và gió nhẹ. Tuy nhiên, hai thành phố chưa bỏ phiếu. Các cảng biển đã tranh nhau cửa chắn bão suốt mười năm.',
      /Tuy nhiên/,
    ],
    [
      'ar',
      'اتفق أحد عشر ميناء على صندوق واحد لبناء بوابات العواصف. يبدأ الصندوق بمبلغ مليار وسبعمئة مليون يورو. كان الجو غائما في ذلك اليوم على الساحل كله. وأضاف أن العمل يبدأ في الربيع القادم من هذا العام. تنافست الموانئ عشر سنوات على بوابات العواصف نفسها.',
      /وأضاف/,
    ],
  ];
  for (const [language, body, leaning] of cases) {
    const { text } = summarise(story({ body, language }), 150);
    expect(text.length, text).toBeGreaterThan(60);
    expect(body.startsWith(text.slice(0, 30)), text).toBe(true);
    expect(text).not.toMatch(leaning);
  }
});

test('Japanese sentences are chosen whole and joined without spaces', () => {
  const body =
    '北海の十一の港が防潮門のために一つの基金を設けることで合意した。基金は十七億ユーロで始まる。残りは貨物一トンごとの負担金でまかなう。港は十年にわたって同じ防潮門を奪い合ってきた。';
  const { text } = summarise(story({ body, language: 'ja' }), 60);
  expect(text).toMatch(/^北海の十一の港が.*。$/);
  expect(text).not.toContain(' ');
});

test('hostile texts cost no more than others', () => {
  const texts = [
    '('.repeat(100_000),
    `By ${'A'.repeat(100_000)}`,
    '“a. '.repeat(25_000),
    'A.'.repeat(50_000),
    "'a ".repeat(50_000),
  ];
  const before = process.cpuUsage();
  for (const text of texts) summarise(story({ headline: text, body: text, description: text }), 320);
  const { user } = process.cpuUsage(before);
  // Two seconds of work on the slowest of machines; a quadratic splitter needs minutes.
  expect(user / 1e6).toBeLessThan(15);
});
