import { expect, test } from 'vitest';
import { personSentence } from '../../src/commands/person-words.ts';
import type { PersonFacts } from '../../src/delivery/person.ts';
import type { Subscription } from '../../src/subscribers/subscriptions.ts';

const asked = {
  email: 'kim@example.org',
  edition: {
    fullName: 'morning/2026-11-24',
    state: 'sending',
    rhythm: 'daily',
    sending_at: 1,
    state_note: null,
  },
  newsletter: 'Morning Briefing',
  clock: () => '07:02',
} as const;

const delivery = {
  state: 'sent',
  reason: null,
  revision: 2,
  relay: 'mail.example:587',
  reply: '250 Ok',
  tries: 1,
  inDoubt: 0,
  dueAt: 1,
  sentAt: 2,
} as const;

const subscription: Subscription = {
  id: 1,
  newsletterId: 1,
  slug: 'morning',
  name: 'Morning Briefing',
  rhythm: 'daily',
  sections: null,
  hour: null,
  state: 'active',
  pausedUntil: null,
  confirmedAt: 1,
  leftAt: null,
  createdAt: 1,
};

const facts: PersonFacts = {
  delivery,
  subscription,
  suppression: null,
  joinedLater: false,
  sections: null,
  stories: 10,
  allStories: 10,
};

const before = { ...asked.edition, state: 'approved', sending_at: null } as const;

test.each<[string, Partial<PersonFacts>, string, typeof asked.edition | typeof before]>([
  [
    'a variant',
    { sections: ['World', 'Business'], stories: 8 },
    'kim@example.org was sent morning/2026-11-24 at 07:02: revision 2, 8 of its 10 stories, those for World and Business. mail.example:587 took it (250 Ok).',
    asked.edition,
  ],
  [
    'a message in doubt',
    { delivery: { ...delivery, tries: 2, inDoubt: 1 } },
    'kim@example.org was sent morning/2026-11-24 at 07:02: revision 2, all its 10 stories. mail.example:587 took it at the 2nd try (250 Ok). It left more than once, with one Message-ID, since there had been no answer: they may have two.',
    asked.edition,
  ],
  [
    'no section',
    { delivery: { ...delivery, state: 'excluded', reason: 'no_section' }, sections: ['Sport'] },
    'kim@example.org did not get morning/2026-11-24: nothing in it was of their sections (Sport).',
    asked.edition,
  ],
  [
    'an edition that was overtaken',
    { delivery: { ...delivery, state: 'excluded', reason: 'overtaken' } },
    'kim@example.org did not get morning/2026-11-24: their next edition was due before this one could be sent, and they get only that one.',
    asked.edition,
  ],
  [
    'a mailbox that is busy',
    { delivery: { ...delivery, state: 'deferred', reply: '450 Busy', tries: 2 } },
    'kim@example.org has not had morning/2026-11-24 yet: put off after 2 tries (450 Busy), next try 07:02.',
    asked.edition,
  ],
  [
    'a stranger',
    { delivery: null, subscription: null },
    'kim@example.org did not get morning/2026-11-24: they do not read Morning Briefing.',
    asked.edition,
  ],
  [
    'one who came too late',
    { delivery: null, joinedLater: true },
    'kim@example.org did not get morning/2026-11-24: they joined when it was going out already.',
    asked.edition,
  ],
  [
    'a reader of another rhythm',
    { delivery: null, subscription: { ...subscription, rhythm: 'weekly' } },
    'kim@example.org will not get morning/2026-11-24: they read it weekly, and this one is daily.',
    before,
  ],
  [
    'a suppressed address',
    { delivery: null, suppression: { reason: 'gone', at: Date.UTC(2026, 10, 1) } },
    'kim@example.org will not get morning/2026-11-24: their address gets no mail (the mailbox is gone, 2026-11-01).',
    before,
  ],
  [
    'a reader of an edition to come',
    { delivery: null, stories: 3, sections: ['World'] },
    'kim@example.org will get morning/2026-11-24: 3 of its 10 stories, those for World, if nothing changes before it goes out.',
    before,
  ],
])('%s is told in a sentence', (_, given, sentence, edition) => {
  expect(personSentence({ ...asked, edition }, { ...facts, ...given })).toBe(sentence);
});
