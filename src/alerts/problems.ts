import { asSentence } from '../as-sentence.ts';
import type { Facts } from './facts.ts';

/** Something that is wrong, for the operator. */
export interface Problem {
  /** The same each time the same thing is found: `source:12`. */
  name: string;
  /** A few words: what is wrong. */
  subject: string;
  /** What it means, and what to do. */
  text: string;
}

const MINUTE = 60_000;
/** Nothing is late before that: a tick comes each minute, and a start takes its time. */
const LATE = 10 * MINUTE;
/** What went well so lately does not fail yet. */
const FAILING = 3 * MINUTE;

/** Everything that is wrong, the gravest first. Pure. */
export function findProblems(facts: Facts): Problem[] {
  return [
    ...sendingProblems(facts),
    ...facts.lanesAside.map(laneProblem),
    ...facts.editions.flatMap((edition) => editionProblems(edition, facts)),
    ...facts.lost.map(lostProblem),
    ...facts.missing.filter(({ at }) => at < facts.now - LATE).map(missingProblem),
    ...facts.sources.filter(({ failures }) => failures >= 3).map(sourceProblem),
    ...facts.jobs.flatMap((job) => jobProblems(job, facts.now)),
  ];
}

function sendingProblems({ now, relay, sendingOff, publishing, senders, ...facts }: Facts): Problem[] {
  if (!relay) {
    return publishing
      ? [
          {
            name: 'relay',
            subject: 'No relay is set',
            text: 'Editions wait, nothing is lost. Set SMTP_URL and start again.',
          },
        ]
      : [];
  }
  if (sendingOff !== null)
    return [{ name: 'installation', subject: 'Sending is off', text: asSentence(sendingOff) }];
  const problems: Problem[] = [];
  if (facts.unsigned !== null) {
    const { found, todo } = facts.unsigned;
    problems.push({
      name: 'signing',
      subject: 'Mail cannot be signed, and waits',
      text: `${found.charAt(0).toUpperCase()}${found.slice(1)}. What to do:  ${todo}`,
    });
  }
  const longAgo = (since: number | null) => since !== null && since < now - LATE;
  if (senders === 0 && longAgo(facts.waitingSince)) {
    problems.push({
      name: 'sender',
      subject: 'An edition is going out, but nothing sends it',
      text: 'No sender has been running for ten minutes. Start one:  broadsheet start --only sender',
    });
  }
  if (facts.retriesSince !== null && facts.retriesSince < now - 6 * LATE) {
    problems.push({
      name: 'retries',
      subject: 'Messages that should be tried again are not',
      text: 'Some have waited for more than an hour past their time. What the sender and the clock say of it stands in the log; whether the relay answers:  broadsheet check',
    });
  }
  if (facts.noticesSince !== null && facts.noticesSince < now - 3 * LATE) {
    problems.push({
      name: 'notices',
      subject: 'Confirmations and other single mails wait',
      text: 'The oldest has waited for more than half an hour. See  broadsheet check  for what the relay says.',
    });
  }
  return problems;
}

function laneProblem({ lane, until, response }: Facts['lanesAside'][number]): Problem {
  const again = Temporal.Instant.fromEpochMilliseconds(until).toString({ smallestUnit: 'minute' });
  return {
    name: `lane:${lane}`,
    subject: `${lane} refuses our mail`,
    text: `${asSentence(response)} It is left alone until ${again}; nothing is lost, and nobody is taken off the list. What receivers check:  broadsheet check`,
  };
}

function editionProblems(edition: Facts['editions'][number], { now }: Facts): Problem[] {
  const { id, name, state, state_note: note, state_by: by } = edition;
  const because = note ? `: ${note}` : '';
  // Whoever switched its newsletter off wants it to wait.
  if (!edition.enabled && state !== 'sending' && state !== 'paused') return [];
  switch (state) {
    case 'paused': {
      // Whoever paused it knows, for a while.
      if (edition.paused_reason === 'person' && edition.state_at > now - 3 * LATE) return [];
      return [
        {
          name: `edition:${id}:paused`,
          subject: `${name} is paused`,
          text: `${asSentence(`Paused by ${by ?? 'broadsheet'}${because}`)} Nothing more of it goes out until somebody resumes or stops it:  broadsheet edition resume ${name}`,
        },
      ];
    }
    case 'held':
      if (edition.slot_at > now) return [];
      return [
        {
          name: `edition:${id}:held`,
          subject: `${name} is held past its time`,
          text: `${asSentence(`Held by ${by ?? 'somebody'}${because}`)} Release it and it goes out:  broadsheet edition release ${name}`,
        },
      ];
    case 'draft':
    case 'approved': {
      if (edition.slot_at > now - LATE) return [];
      const unapproved = state === 'draft' && edition.approval === 'required';
      return [
        {
          name: `edition:${id}:late`,
          subject: unapproved ? `${name} waits for approval` : `${name} is late`,
          text: unapproved
            ? `Its time has passed and nobody has approved it:  broadsheet edition approve ${name}`
            : 'Its time passed more than ten minutes ago and it has not begun to go out. What the clock says of it stands in the log; what may stand in its way:  broadsheet check',
        },
      ];
    }
    case 'sending':
      if ((edition.sending_at ?? now) > now - 12 * 60 * MINUTE) return [];
      return [
        {
          name: `edition:${id}:slow`,
          subject: `${name} has been going out for twelve hours`,
          text: `See how far it is:  broadsheet report ${name}`,
        },
      ];
    default:
      return [];
  }
}

function lostProblem({ id, name, slug, state, note }: Facts['lost'][number]): Problem {
  return state === 'sent'
    ? {
        name: `edition:${id}:lost`,
        subject: `Nobody got ${name}`,
        text: `Of all its copies not one was taken by the relay. Why, by reason:  broadsheet report ${name}`,
      }
    : {
        name: `edition:${id}:lost`,
        subject: `${name} did not go out`,
        text: `${asSentence(`Skipped: ${note}`)} Its stories are candidates for the next edition. To send them now, as the edition of another time:  broadsheet send ${slug} --at TIME`,
      };
}

function missingProblem({ newsletter, at, timeZone }: Facts['missing'][number]): Problem {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const time = `${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${timeZone}`;
  return {
    name: `missing:${newsletter}:${at}`,
    subject: `${newsletter} has no edition for ${local.toPlainDate()}, ${time}`,
    text: 'Its time passed and none was prepared. If the program was not running then, nothing more is to be done; else what the clock says of it stands in the log, as prepare-editions.',
  };
}

function sourceProblem({ id, name, failures, lastError }: Facts['sources'][number]): Problem {
  return {
    name: `source:${id}`,
    subject: `${name} cannot be read`,
    text: `It failed ${failures} times in a row. ${lastError ?? ''}`.trim(),
  };
}

function jobProblems({ name, latest, error, wellAt }: Facts['jobs'][number], now: number): Problem[] {
  if (latest.finishedAt === null && latest.startedAt < now - 3 * LATE) {
    const minutes = Math.round((now - latest.startedAt) / MINUTE);
    return [
      {
        name: `job:${name}`,
        subject: `The clock's task ${name} does not come to its end`,
        text: `It began ${minutes} minutes ago. If the program was killed then, start it again; else what it says stands in the log.`,
      },
    ];
  }
  // One that runs each minute may fail once or twice; one that runs once a day may not.
  if (error === null || (wellAt !== null && wellAt > now - FAILING)) return [];
  return [{ name: `job:${name}`, subject: `The clock's task ${name} fails`, text: `It says: ${error}` }];
}
