import { Cron } from 'croner';
import ms from 'ms';
import { z } from 'zod';
import { expectedTimeZone, isTimeZone } from '../time-zone.ts';
import { expireAfter } from './expiry.ts';

/** The rhythms a newsletter can offer. */
export const RHYTHMS = ['daily', 'weekdays', 'weekly'] as const;
export type Rhythm = (typeof RHYTHMS)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const LEAST_GRACE = 5 * MINUTE;
const LEAST_STALE = 15 * MINUTE;
const LEAST_EXPIRY = HOUR;

/** First parts of our pages' addresses: an edition's page begins with its newsletter's slug. */
const OUR_PATHS = [
  'u',
  'p',
  'join',
  'confirm',
  'access',
  'healthz',
  'readyz',
  'metrics',
  'api',
  'desk',
  'archive',
  'help',
];

/** `90 s`, `5 min`, `2 h`, `1 day`, or 0: kept as ms. */
function duration(preset: number) {
  return length().default(preset);
}

function length() {
  const expected = 'expected a length of time such as 90 s, 5 min, 2 h or 1 day';
  return z.union([z.string(), z.number()], { error: expected }).transform((given, check) => {
    const text = String(given).trim();
    const found = readLength(text);
    if (found !== undefined) return found;
    const unitless = /^\d+(\.\d+)?$/.test(text) ? `${expected} (did you mean ${text} min?)` : expected;
    check.addIssue({ code: 'custom', message: unitless });
    return z.NEVER;
  });
}

/** ms, or undefined for what is no length of time. A bare number would be milliseconds, which nobody means; 0 is 0. */
function readLength(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  const parts = text.match(/[\d.]+\s*[a-z]+/gi) ?? [];
  if (parts.length === 0 || parts.join('') !== text.replace(/(?<=[a-z])\s+(?=\d)/gi, '')) return undefined;
  const lengths = parts.map((part) => ms(part as ms.StringValue) as number | undefined);
  return lengths.reduce<number | undefined>(
    (sum, length) => (sum === undefined || length === undefined ? undefined : sum + Math.round(length)),
    0,
  );
}

const text = z.string().trim().min(1, { error: 'expected some words' });
const email = z
  .string()
  .regex(/^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$/, { error: 'expected an address such as news@news.example' });
const colour = z.string().regex(/^#[0-9a-f]{6}$/i, { error: 'expected a colour such as #8E1B2C' });

const timeZone = z.string().superRefine((name, check) => {
  if (isTimeZone(name)) return;
  check.addIssue({ code: 'custom', message: expectedTimeZone(name), params: { whole: true } });
});
const language = z.string().refine(isLanguage, { error: 'expected a language such as en, vi or pt-BR' });
const cron = z.string().refine(isCron, { error: 'expected five cron fields such as 0 7 * * 1-5' });

/** `From` as people write it: `The Harbour Ledger <digest@news.example>`. `name` empty: the address alone. */
const mailbox = z.string().transform((value, check) => {
  const match = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(value);
  const address = email.safeParse(match?.[2] ?? value.trim());
  if (address.success) return { name: match?.[1] ?? '', address: address.data };
  check.addIssue({
    code: 'custom',
    message: 'expected an address, with or without a name: Harbour Ledger <digest@news.example>',
  });
  return z.NEVER;
});

const section = z
  .union([
    text.transform((name) => ({ name })),
    z.strictObject({
      name: text,
      /** Most stories under this heading; default: `limits.per_section`. */
      stories: z.int().min(0).max(20).optional(),
      /** Whether the top story may come from here; default: true. */
      lead: z.boolean().optional(),
    }),
  ])
  .transform((value) => ({ stories: undefined, lead: true, ...value }));

/** A newsletter as its YAML file says it: every key, its form and its default. */
export const newsletterSettings = z
  .strictObject({
    slug: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'expected small letters, digits and hyphens: morning' })
      .refine((slug) => !OUR_PATHS.includes(slug), {
        error: 'our own pages have this name: choose another',
      }),
    name: text,
    /** Who publishes it, in the footer; default: the sender's name. */
    publisher: text.optional(),
    from: mailbox,
    reply_to: email.optional(),
    postal_address: text,
    site: z.url({ protocol: /^https?$/, error: 'expected an http(s) address' }).optional(),
    language: language.default('en'),
    time_zone: timeZone,
    rhythms: z
      .partialRecord(z.enum(RHYTHMS, { error: `expected ${RHYTHMS.join(', ')}` }), cron)
      .refine((rhythms) => Object.keys(rhythms).length > 0, { error: 'expected at least one rhythm' }),
    approval: z
      .enum(['automatic', 'required'], { error: 'expected automatic or required' })
      .default('automatic'),
    /** Who gets the preview of a draft, reminders, and may approve. */
    editors: z.array(email).default([]),
    sections: z
      .array(section)
      .min(1)
      .default([
        { name: 'World', stories: undefined, lead: true },
        { name: 'Business', stories: undefined, lead: true },
      ]),
    /** Names or tags of sources; default: all. */
    sources: z.array(text).default([]),
    /** Language of the stories; default: the newsletter's own. */
    story_language: language.optional(),
    limits: z
      .strictObject({
        stories: z.int().min(1).max(60).default(12),
        min_stories: z.int().min(1).max(60).default(3),
        per_section: z.int().min(1).max(20).default(4),
        more: z.int().min(0).max(30).default(6),
        /** Most stories of one source, where there are three or more sources; 0: no limit. */
        per_source: z.int().min(0).max(60).default(3),
        /** Characters of a summary. */
        lead_summary: z.int().min(80).max(2000).default(560),
        story_summary: z.int().min(80).max(1000).default(320),
      })
      .prefault({}),
    timing: z
      .strictObject({
        /** The draft is made, and editors get it, so long before the slot. */
        lead_time: duration(60 * MINUTE),
        /** Selection is fixed so long before the slot. */
        freeze: duration(5 * MINUTE),
        /** An approval can be taken back so long. */
        undo: duration(MINUTE),
        /** So long after its slot an edition may still begin to go out: approved late, or after a standstill. */
        grace: duration(2 * HOUR),
        /** A copy that was never tried and is older pauses its edition; default: 4 h daily, 24 h weekly. */
        stale_after: length().optional(),
        /** A copy that is still open and is older expires; default: 12 h daily, 48 h weekly. */
        expire_after: length().optional(),
      })
      .prefault({}),
    look: z
      .strictObject({
        accent: colour.default('#8E1B2C'),
        accent_dark: colour.default('#FFA79E'),
        logo: z.url({ protocol: /^https?$/ }).optional(),
        headlines: z.enum(['serif', 'sans']).default('serif'),
      })
      .prefault({}),
  })
  .superRefine(({ rhythms, sections, limits, timing }, check) => {
    // `whole`: the message says by itself what was found.
    const refuse = (path: PropertyKey[], message: string) =>
      check.addIssue({ code: 'custom', path, message, params: { whole: true } });
    if (limits.min_stories > limits.stories) {
      refuse(
        ['limits', 'min_stories'],
        `expected at most limits.stories (${limits.stories}), found ${limits.min_stories}`,
      );
    }
    if (timing.freeze > timing.lead_time) {
      refuse(['timing', 'freeze'], 'expected at most timing.lead_time: the draft is made before it is fixed');
    }
    const { grace, undo, stale_after, expire_after } = timing;
    // Those whose copies age soonest.
    const [rhythm = 'daily'] = RHYTHMS.filter((each) => rhythms[each]);
    const oldest = expireAfter(rhythm, timing);
    if (grace >= oldest) {
      refuse(
        ['timing', 'grace'],
        `expected less than ${inHours(oldest)}: so old a ${rhythm === 'weekly' ? 'weekly' : 'daily'} edition is not sent any more`,
      );
    }
    if (stale_after !== undefined && (stale_after > oldest || stale_after < LEAST_STALE)) {
      const most = `${inHours(oldest)}, after which a copy expires`;
      refuse(['timing', 'stale_after'], `expected at least 15 min and at most ${most}`);
    }
    if (expire_after !== undefined && expire_after < LEAST_EXPIRY) {
      refuse(['timing', 'expire_after'], 'expected at least 1 h: who is put off is tried three times in it');
    }
    if (grace < LEAST_GRACE) {
      refuse(['timing', 'grace'], 'expected at least 5 min: the clock looks once a minute what is due');
    }
    if (undo >= grace) {
      refuse(['timing', 'undo'], 'expected less than timing.grace, in which an approved edition must go out');
    }
    sections.forEach(({ name }, index) => {
      const first = sections.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
      if (first < index) refuse(['sections', index], `${name} is there twice`);
    });
  })
  // A mailbox shows the sender's name: an address that stands alone has the newsletter's.
  .overwrite((settings) =>
    settings.from?.name === '' ? { ...settings, from: { ...settings.from, name: settings.name } } : settings,
  );

/** Checked settings of a newsletter, defaults filled in; times in ms. */
export type NewsletterSettings = z.output<typeof newsletterSettings>;

/** `12 h`, `1.5 h`. */
function inHours(length: number): string {
  return `${Number((length / HOUR).toFixed(2))} h`;
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isCron(expression: string): boolean {
  try {
    // One that never comes (30 February) is a slip too.
    return new Cron(expression, { paused: true, mode: '5-part' }).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}
