import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { renderEnv } from '../../src/init/env-file.ts';
import { feedSections } from '../../src/init/feed-sections.ts';
import { renderFirstNewsletter } from '../../src/init/newsletter-file.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

test('values come back from the settings file as they were, whatever is in them', () => {
  const values = {
    SECRET_KEY: `it's "quoted" #1 with $dollars and 32 letters`,
    SMTP_URL: 'smtp://a:%40%23@host:587',
  };
  const text = renderEnv(example, values);
  expect(parseEnv(text)).toEqual({ ...parseEnv(example), ...values });
  expect(parseEnv(renderEnv(example, { ALERT_TO: 'a b#c' })).ALERT_TO).toBe('a b#c');
  expect(text).toContain('# PORT=3000');
});

test('an earlier settings file keeps all that is not answered anew', () => {
  const before = '# mine\nPORT=3999\nSMTP_URL=smtp://old:1\nexport ALERT_TO=old@ledger.example';
  const after = renderEnv(before, {
    SMTP_URL: 'inbox:',
    ALERT_TO: 'me@ledger.example',
    SECRET_KEY: 'new',
  });
  expect(after).toBe('# mine\nPORT=3999\nSMTP_URL=inbox:\nALERT_TO=me@ledger.example\nSECRET_KEY=new\n');
});

test('the first newsletter is a file that apply takes, with what was answered', () => {
  const yaml = renderFirstNewsletter(
    {
      site: {
        url: 'https://ledger.example/',
        name: 'Ledger: "the" #1',
        language: 'en-GB',
        feeds: [],
        logo: null,
      },
      from: { name: 'Ledger', address: 'digest@ledger.example' },
      postalAddress: '12 Quay Street: second door',
      hour: '17:30',
      timeZone: 'Asia/Kathmandu',
      smtpUrl: 'inbox:',
      you: 'me@ledger.example',
    },
    ['World', 'Tides'],
  );
  expect(parseNewsletter(yaml, 'newsletter.yaml')).toMatchObject({
    slug: 'evening',
    name: 'Evening Briefing',
    publisher: 'Ledger: "the" #1',
    from: { name: 'Ledger', address: 'digest@ledger.example' },
    postal_address: '12 Quay Street: second door',
    rhythms: { daily: '30 17 * * *' },
    time_zone: 'Asia/Kathmandu',
    editors: ['me@ledger.example'],
    sections: [{ name: 'World' }, { name: 'Tides' }],
  });
});

test('a sender without a name bears the name of the site, else of the newsletter', () => {
  const answers = {
    site: null,
    from: { name: '', address: 'digest@ledger.example' },
    postalAddress: '12 Quay Street',
    hour: '07:00',
    timeZone: 'Europe/London',
    smtpUrl: 'inbox:',
    you: 'me@ledger.example',
  };
  const fromOf = (site: { name: string } | null) =>
    parseNewsletter(
      renderFirstNewsletter(
        {
          ...answers,
          site: site && { url: 'https://ledger.example/', language: 'en', feeds: [], logo: null, ...site },
        },
        ['World'],
      ),
      'newsletter.yaml',
    ).from.name;
  expect(fromOf({ name: 'The Ledger' })).toBe('The Ledger');
  expect(fromOf(null)).toBe('Morning Briefing');
});

test('headings are the labels of a feed where most of its stories bear one, the most used first', () => {
  const of = (...labels: (string | null)[]) => feedSections(labels.map((section) => ({ section })));
  expect(of('Sport', 'World', 'World', 'Rare', null)).toEqual({
    sections: ['World', 'Sport', 'Rare'],
    rest: 'World',
    own: true,
    others: 1,
    all: 5,
  });
  const usual = { sections: ['World', 'Business'], rest: 'World', own: false };
  expect(of('Sport', null, null)).toMatchObject({ ...usual, others: 3, all: 3 });
  expect(of(...Array.from({ length: 20 }, (_, index) => `tag ${index}`))).toMatchObject(usual);
  expect(of()).toMatchObject(usual);
});
