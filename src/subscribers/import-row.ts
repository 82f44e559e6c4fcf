import type { NewsletterSettings } from '../newsletters/settings.ts';
import { addressFault, addressKey, trimAddress } from './address.ts';
import type { ColumnMeaning, Columns } from './columns.ts';

/** What the list that a person comes from says of them. */
type Standing = 'reads' | 'asked' | 'left' | 'gone' | 'complaint' | 'blocked';

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
  pausedUntil: number | null;
}

/**
 * Reads one row; what is optional and cannot be understood is left out, what matters is a fault.
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
  const confirmedAt = readDate(cell('confirmed'), now);
  const name = cell('name') || [cell('first name'), cell('last name')].filter(Boolean).join(' ');
  const pausedUntil = readInstant(cell('paused until'));
  return {
    line,
    email,
    key: addressKey(email),
    name: oneLine(name),
    language: languageOf(cell('language')),
    timeZone: timeZoneOf(cell('time zone')),
    sections: sectionsOf(cell('sections'), newsletter),
    rhythm: rhythmOf(cell('rhythm'), newsletter),
    hour: /^([01]\d|2[0-3]):[0-5]\d$/.test(cell('hour')) ? cell('hour') : null,
    standing,
    confirmed:
      standing === 'reads' && (confirmedAt !== null || cell('status') !== '' || cell('disabled') !== ''),
    createdAt: readDate(cell('created'), now),
    confirmedAt,
    pausedUntil: pausedUntil !== null && pausedUntil > now.epochMilliseconds ? pausedUntil : null,
  };
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
  if (!/^(false|no|n|0|)$/i.test(cell('disabled'))) return 'left';
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
function sectionsOf(tags: string, { sections }: Pick<NewsletterSettings, 'sections'>): string | null {
  const named = tags
    .replace(/[[\]"{}]/g, '')
    .split(/[,;|]/)
    .map((tag) => tag.trim().toLowerCase());
  const chosen = sections.map((section) => section.name).filter((name) => named.includes(name.toLowerCase()));
  return chosen.length === 0 || chosen.length === sections.length ? null : JSON.stringify(chosen);
}

function rhythmOf(wanted: string, { rhythms }: Pick<NewsletterSettings, 'rhythms'>): string {
  const offered = Object.keys(rhythms);
  return offered.find((rhythm) => rhythm === wanted.toLowerCase()) ?? (offered[0] as string);
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
  if (!text.includes('/')) return null;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return null;
  }
}

/** A date of the past; null for what is none, or could be read in two ways (03/04/2025). */
function readDate(text: string, now: Temporal.Instant): number | null {
  const at = readInstant(text);
  return at === null || at > now.epochMilliseconds ? null : at;
}

/** ISO 8601 and its near relations, UTC where no zone is said; or seconds or milliseconds since 1970. */
function readInstant(text: string): number | null {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))? ?(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (match === null) return null;
  const zone = match[3] === undefined || /^(Z|UTC)$/i.test(match[3]) ? 'Z' : match[3];
  try {
    return Temporal.Instant.from(`${match[1]}T${match[2] ?? '00:00'}${zone}`).epochMilliseconds;
  } catch {
    return null;
  }
}
