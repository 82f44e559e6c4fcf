import type { Revision, RevisionItem } from '../../src/editions/revision.ts';
import type { MessageSite, Recipient } from '../../src/messages/compose.ts';
import type { Newsletter } from '../../src/newsletters/newsletter.ts';
import { newsletterSettings } from '../../src/newsletters/settings.ts';
import { linkKeys } from '../../src/subscribers/links.ts';

export const site: MessageSite = {
  publicUrl: 'https://news.example',
  bounceDomain: 'bounce.news.example',
  keys: linkKeys({ secretKey: 'a key of at least thirty-two letters', secretKeysOld: [] }),
};

export const reader: Recipient = {
  deliveryToken: '7c1f0e9a55d24bb0a9f3c1d2e3f40516',
  subscriberToken: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  email: 'reader@example.org',
  name: null,
  subscribedAt: Temporal.Instant.from('2026-05-03T09:30:00Z').epochMilliseconds,
  rhythm: 'weekdays',
};

export const noon = Temporal.Instant.from('2026-11-24T12:00:02Z');

export function newsletterOf(settings: Record<string, unknown> = {}): Newsletter {
  const checked = newsletterSettings.parse({
    slug: 'morning',
    name: 'The Harbour Ledger',
    from: 'The Harbour Ledger <digest@news.example>',
    postal_address: '12 Quay Street, Aberdeen AB11 5DL, Scotland',
    site: 'https://harbourledger.example/',
    time_zone: 'Europe/London',
    rhythms: { weekdays: '0 7 * * 1-5' },
    ...settings,
  });
  return { ...checked, id: 1, enabled: true, enabledAt: 0 };
}

let lastId = 0;

export function itemOf(item: Partial<RevisionItem>): RevisionItem {
  lastId++;
  return {
    storyId: lastId,
    code: `s${lastId}`,
    place: 'story',
    section: 'World',
    position: lastId,
    headline: 'Something happened in a town',
    summary: 'It happened on Monday. Nobody was hurt.',
    pinned: false,
    url: `https://wire.example/${lastId}`,
    sourceName: 'Harbour Wire',
    alsoReportedBy: [],
    byline: null,
    language: 'en',
    publishedAt: Temporal.Instant.from('2026-11-24T05:00:00Z').epochMilliseconds,
    words: 640,
    picture: null,
    ...item,
  };
}

export function revisionOf(items: RevisionItem[], changes: Partial<Revision> = {}): Revision {
  return {
    newsletter: newsletterOf(),
    edition: {
      id: 1,
      name: 'morning/2026-11-24',
      kind: 'scheduled',
      rhythm: 'weekdays',
      state: 'approved',
      slotAt: Temporal.Instant.from('2026-11-24T07:00:00Z').epochMilliseconds,
    },
    number: 4,
    subject: null,
    preheader: null,
    greeting: null,
    items,
    ...changes,
  };
}

/** A whole edition of twelve stories, as a weekday brings it. */
export function fullEdition(changes: Partial<Revision> = {}): Revision {
  return revisionOf(
    [
      itemOf({
        place: 'lead',
        headline: 'Eleven ports agree to share one flood fund',
        summary:
          'Cities from Aberdeen to Bremerhaven will pay into a single pot for storm gates and salt marsh. It ends ten years in which each town bid against its neighbours for the same engineers. Insurers renew harbour cover only where the defence is paid for. The pot so far holds two fifths of what the plan needs.',
        url: 'https://wire.example/flood-fund?ref=digest&lang=en',
        alsoReportedBy: ['Rail Weekly', 'Correo de la Sierra'],
        picture: {
          url: 'https://img.example/lead.jpg',
          alt: 'Sea gates across a harbour mouth at dawn',
          credit: 'A. Maas/Ledger',
        },
      }),
      itemOf({
        headline: 'Night trains return between Lisbon and Marseille',
        summary:
          'Three sleepers a week leave from March, with berths from €59. The two railways will share one set of carriages and one ticket desk.',
        sourceName: 'Rail Weekly',
        picture: {
          url: 'https://img.example/train.jpg',
          alt: 'A night train crosses a viaduct under stars',
          credit: null,
        },
      }),
      itemOf({
        headline: 'Andean farmers win ruling on glacier water',
        summary:
          'A court in Huaraz gave four villages first call on the melt above their fields. Two mines must now buy water by the month, and publish what they take.',
        sourceName: 'Correo de la Sierra',
        words: 1400,
      }),
      itemOf({
        place: 'brief',
        headline: 'Nairobi opened its first river-bus line.',
        summary: 'Six boats, each for 80 people, cut the trip to the industrial area to 25 minutes.',
        sourceName: 'City Desk',
      }),
      itemOf({
        section: 'Business',
        headline: 'Chipmaker splits off its packaging arm to calm buyers',
        summary:
          'Rivals had refused to let Nordfab wrap their designs while it sold its own. The new firm starts with 9,000 staff, two plants and no debt.',
        sourceName: 'Till & Trade',
        words: 60,
      }),
      itemOf({
        section: 'Business',
        headline: 'Copper slips to a nine-month low as smelters restart',
        summary:
          'The price fell 2.1 percent on Monday. Three smelters that had stood idle since the spring went back to work within a week, and stocks in the port sheds rose for a fifth day.',
        sourceName: 'Harbour Wire',
        picture: {
          url: 'https://img.example/copper.jpg',
          alt: 'Coils of copper in a port shed',
          credit: null,
        },
      }),
      ...[
        ['Grocers test shelf labels that show the price of a meal', 'Till & Trade', 'Business'],
        ['A lighthouse keeper’s logbooks give a century of fog', 'Coast Quarterly', 'World'],
        ['Seville shades its squares with sails, and counts the cool', 'City Desk', 'World'],
        ['Lab finds why old violins lose their varnish in winter', 'Science Post', 'World'],
        ['Ferry firm drops its summer timetable in a row over piers', 'Coast Quarterly', 'Business'],
        ['Two villages swap mayors for a month, and like it', 'City Desk', 'World'],
      ].map(([headline, sourceName, section]) =>
        itemOf({
          place: 'more',
          headline: headline as string,
          sourceName: sourceName as string,
          section: section as string,
          summary: '',
        }),
      ),
    ],
    changes,
  );
}
