import { nearest } from '../nearest.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import { isTimeZone } from '../time-zone.ts';
import { addressFault, addressKey, trimAddress } from './address.ts';
import type { ColumnMeaning, Columns } from './columns.ts';
import { readDate, readPastDate } from './read-date.ts';
import { readYesOrNo } from './yes-or-no.ts';

/** What the list that a person comes from says of them. */
type Standing = 'reads' | 'asked' | 'left' | 'gone' | 'complaint' | 'blocked';

/** Something in a row that was not understood, and is left out: the person comes in without it. */
export interface Doubt {
  line: number;
  /** What it is and what follows; the same words for all rows in which it is the same. */
  about: string;
  /** The cell, where `about` does not name it. */
  found: string | null;
}

/** A person as one row of a file describes them. */
export interface ImportRow {
  line: number;
  email: string;
  key: string;
  name: string | null;
  language: string | null;
  timeZone: string | null;
  /** JSON as `subscriptions` holds it. */
  sections: string | null;
  rhythm: string;
  hour: string | null;
  standing: Standing;
  /** Whether the file itself shows that they confirmed there: a confirmation date, or a status that says so. */
  confirmed: boolean;
  /** ms UTC. */
  createdAt: number | null;
  confirmedAt: number | null;
  /** What the file gives for a confirmation date, and why it is none: `“2099-01-01” (the date is in the future)`. */
  unknownConfirmation: string | null;
  pausedUntil: number | null;
  doubts: Doubt[];
}

/**
 * Reads one row; what is optional and cannot be understood is left out and said, what matters is a fault.
 * @returns the person, or why the row is refused, in a few words.
 */
export function readRow(
  row: { line: number; cells: string[] },
  columns: Columns,
  newsletter: Pick<NewsletterSettings, 'sections' | 'rhythms'>,
  now: Temporal.Instant,
): ImportRow | { line: number; fault: string } {
  const { line } = row;
  const cell = (meaning: ColumnMeaning) => bare(row.cells[columns.meanings[meaning] ?? -1]);
  const email = trimAddress(cell('email').replace(/^mailto:/i, ''));
  if (email === '') return { line, fault: 'it has no address' };
  const fault = addressFault(email);
  if (fault !== null) return { line, fault: `“${email.slice(0, 100)}” is not an address: ${fault}` };
  const standing = standingOf(cell);
  if (standing === null) return { line, fault: `its status “${cell('status').slice(0, 40)}” is not known` };
  const doubts: Doubt[] = [];
  const doubt = (about: string, found: string | null = null) => doubts.push({ line, about, found });
  const optional = <Value>(meaning: ColumnMeaning, read: (text: string) => Value | null, what: string) => {
    const text = cell(meaning);
    const value = text === '' ? null : read(text);
    if (text !== '' && value === null) doubt(`${meaning}: ${what}`, text);
    return value;
  };
  const at = now.epochMilliseconds;
  const confirmation = readConfirmation(cell('confirmed'), at);
  if (confirmation.fault !== null) {
    doubt(`confirmed: ${confirmation.fault}, so when they confirmed is kept as not known`, cell('confirmed'));
  }
  const created = cell('created') === '' ? null : readPastDate(cell('created'), at);
  if (created !== null && 'fault' in created) doubt(`created: ${created.fault}, left out`, cell('created'));
  const paused = cell('paused until') === '' ? null : readDate(cell('paused until'));
  if (paused !== null && 'fault' in paused)
    doubt(`paused until: ${paused.fault}, left out`, cell('paused until'));
  const pausedUntil = paused !== null && 'at' in paused && paused.at > at ? paused.at : null;
  const name = cell('name') || [cell('first name'), cell('last name')].filter(Boolean).join(' ');
  const offered = Object.keys(newsletter.rhythms);
  return {
    line,
    email,
    key: addressKey(email),
    name: oneLine(name),
    language: optional('language', languageOf, 'not the tag of a language, left out'),
    timeZone: optional('time zone', timeZoneOf, 'not a time zone such as Europe/London, left out'),
    sections: sectionsOf(cell('sections'), newsletter, doubt),
    rhythm:
      optional(
        'rhythm',
        (text) => offered.find((rhythm) => rhythm === text.toLowerCase()) ?? null,
        `not offered, they get it ${offered[0]}`,
      ) ?? (offered[0] as string),
    hour: optional('hour', (text) => (HOUR.test(text) ? text : null), 'not an hour such as 07:30, left out'),
    standing: standing === 'reads' && confirmation.denied ? 'asked' : standing,
    confirmed:
      standing === 'reads' &&
      !confirmation.denied &&
      (confirmation.said || cell('status') !== '' || cell('disabled') !== ''),
    createdAt: created !== null && 'at' in created ? created.at : null,
    confirmedAt: confirmation.at,
    unknownConfirmation:
      confirmation.fault === null ? null : `“${cell('confirmed').slice(0, 40)}” (${confirmation.fault})`,
    pausedUntil,
    doubts,
  };
}

const HOUR = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What a cell under "confirmed" tells: a date, yes or no, or nothing that can be understood. */
interface Confirmation {
  /** That they confirmed, whenever it was. */
  said: boolean;
  /** That they did not. */
  denied: boolean;
  at: number | null;
  fault: string | null;
}

function readConfirmation(text: string, now: number): Confirmation {
  const nothing = { said: false, denied: false, at: null, fault: null };
  if (text === '') return nothing;
  const answer = readYesOrNo(text);
  if (answer !== null) return { ...nothing, said: answer, denied: !answer };
  const date = readPastDate(text, now);
  return 'at' in date ? { ...nothing, said: true, at: date.at } : { ...nothing, fault: date.fault };
}

/** A cell without blanks, and without the mark that guards formulas in our own export and in others. */
function bare(cell: string | undefined): string {
  return (cell ?? '').trim().replace(/^'(?=[=+\-@\t\r])/, '');
}

/** null: a status nobody has told us of; guessing could mail somebody who left. */
function standingOf(cell: (meaning: ColumnMeaning) => string): Standing | null {
  if (cell('bounced') !== '') return 'gone';
  if (cell('left') !== '') return 'left';
  // A flag or a date: whatever does not say no.
  if (cell('disabled') !== '' && readYesOrNo(cell('disabled')) !== false) return 'left';
  const status = cell('status')
    .toLowerCase()
    .replace(/[\s_-]+/g, '');
  if (status === '') return 'reads';
  for (const [standing, words] of STANDINGS) if (words.includes(status)) return standing;
  return null;
}

const STANDINGS: ReadonlyArray<[Standing, string[]]> = [
  [
    'reads',
    [
      ...[
        'subscribed',
        'active',
        'enabled',
        'confirmed',
        'true',
        'yes',
        '1',
        'free',
        'paid',
        'comped',
        'premium',
      ],
      ...[
        'regular',
        'gifted',
        'trialed',
        'paused',
        'suscrito',
        'activo',
        'abonné',
        'actif',
        'aktiv',
        'angemeldet',
      ],
      ...['attivo', 'ativo', 'đãđăngký', 'مشترك'],
    ],
  ],
  ['asked', ['pending', 'unconfirmed', 'unactivated', 'notconfirmed', 'validating']],
  // 2, 3 and 4 are Mailtrain's.
  [
    'left',
    [
      ...[
        'unsubscribed',
        'unsub',
        'optedout',
        'optout',
        'left',
        'false',
        'no',
        '0',
        '2',
        'inactive',
        'disabled',
      ],
      ...[
        'removed',
        'cancelled',
        'canceled',
        'dadodebaja',
        'désabonné',
        'abgemeldet',
        'disiscritto',
        'đãhủy',
      ],
    ],
  ],
  ['gone', ['cleaned', 'bounced', 'hardbounced', 'undeliverable', 'invalid', '3']],
  ['complaint', ['complained', 'complaint', 'spam', 'abuse', 'reported', 'spammed', '4']],
  ['blocked', ['blocklisted', 'blacklisted', 'blocked', 'banned', 'suppressed']],
];

/** Sections of the newsletter among the tags; a person without any gets all. */
function sectionsOf(
  tags: string,
  { sections }: Pick<NewsletterSettings, 'sections'>,
  doubt: (about: string) => void,
): string | null {
  const names = sections.map((section) => section.name);
  const chosen = new Set<string>();
  for (const tag of tags.replace(/[[\]"{}]/g, '').split(/[,;|]/)) {
    const given = tag.trim();
    if (given === '') continue;
    const name = names.find((each) => each.toLowerCase() === given.toLowerCase());
    if (name !== undefined) chosen.add(name);
    else doubt(unknownSection(given.slice(0, 40), names));
  }
  if (chosen.size === 0 || chosen.size === names.length) return null;
  return JSON.stringify(names.filter((name) => chosen.has(name)));
}

function unknownSection(given: string, names: string[]): string {
  const near = nearest(given, names);
  const meant = near === undefined ? '' : ` (${near}?)`;
  return `sections: “${given}”${meant} is not one of them, left out; who names no other gets all`;
}

/** A name on one line, without what could steer a mail's header or the direction of text. */
function oneLine(name: string): string | null {
  const clean = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .trim()
    .slice(0, 120);
  return clean === '' ? null : clean;
}

function languageOf(text: string): string | null {
  try {
    return text === '' ? null : (Intl.getCanonicalLocales(text.replace('_', '-'))[0] ?? null);
  } catch {
    return null;
  }
}

function timeZoneOf(text: string): string | null {
  return isTimeZone(text) ? text : null;
}
