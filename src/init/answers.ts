import { readConfig } from '../config.ts';
import { maskUrl } from '../log.ts';
import { newsletterSettings } from '../newsletters/settings.ts';
import { RefusedError } from '../refused-error.ts';
import type { SiteFindings } from '../sources/discover-site.ts';
import { expectedTimeZone, timeZoneNamed } from '../time-zone.ts';
import { readClockTime, splitTimeAndZone } from './clock-time.ts';

/** What `broadsheet init` asks, checked. */
export interface Answers {
  /** null: there is none yet. */
  site: SiteFindings | null;
  from: { name: string; address: string };
  postalAddress: string;
  /** `07:00`. */
  hour: string;
  timeZone: string;
  smtpUrl: string;
  /** Gets the test, the drafts and the alerts. */
  you: string;
}

/** Each reads one answer as it was typed. @throws RefusedError that says what was expected. */
export const read = {
  /** Empty: no site. With or without `https://`: see `find-site.ts`. */
  site(text: string): string {
    const address = text.trim();
    if (address === '') return address;
    const url = URL.parse(withScheme(address));
    if (url === null || !/^https?:$/.test(url.protocol) || /\s/.test(address) || !isHost(url.hostname)) {
      throw new RefusedError(
        `Site: expected an address such as ledger.example or https://ledger.example, found ${maskUrl(address)}.`,
      );
    }
    return address;
  },
  from: (text: string) => checked(newsletterSettings.shape.from, text, 'Sender'),
  postalAddress: (text: string) => checked(newsletterSettings.shape.postal_address, text, 'Postal address'),
  hour(text: string): string {
    const time = readClockTime(text);
    if (time !== undefined) return time;
    throw new RefusedError(
      `Hour: expected a time such as 7, 7:30 pm or 19:30, found ${text.trim() || 'nothing'}.`,
    );
  },
  timeZone(text: string): string {
    const zone = timeZoneNamed(text);
    if (zone === undefined) throw new RefusedError(`Time zone: ${expectedTimeZone(text.trim())}.`);
    return zone;
  },
  /** `7 pm London`; without a zone it is `zone`. Says both faults when there are two. */
  hourAndZone(text: string, zone: string): { hour: string; timeZone: string } {
    const parts = splitTimeAndZone(text);
    const [hour, timeZone] = [
      accepted(() => read.hour(parts.time)),
      accepted(() => read.timeZone(parts.zone || zone)),
    ];
    const faults = [hour, timeZone].flatMap((part) => ('fault' in part ? [part.fault] : []));
    if ('fault' in hour || 'fault' in timeZone) throw new RefusedError(faults.join(' '));
    return { hour: hour.value, timeZone: timeZone.value };
  },
  smtpUrl(text: string): string {
    const url = /^inbox:?$/i.test(text.trim()) ? 'inbox:' : text.trim();
    if (readsAsSmtpUrl(url)) return url;
    const hint = url.includes('@') ? '; @ : / # in a user or password are written %40 %3A %2F %23' : '';
    throw new RefusedError(
      `SMTP relay: expected smtp://user:password@host:587, smtps://… or inbox:, found ${url === '' ? 'nothing' : withoutPassword(url)}${hint}.`,
    );
  },
  you: (text: string) => checked(newsletterSettings.shape.reply_to.unwrap(), text.trim(), 'Your address'),
};

/** The address of a site, which people type with or without its scheme. */
export function withScheme(address: string): string {
  return /^[a-z][a-z+.-]*:\/\//i.test(address.trim()) ? address.trim() : `https://${address.trim()}`;
}

/** `ledger.example` of a site at `https://www.ledger.example/`; undefined where its host can have no mail. */
export function mailDomain(url: string): string | undefined {
  const host = URL.parse(url)?.hostname.replace(/^www\./, '') ?? '';
  // A name without a dot is a machine nearby; what ends in a number or a bracket is an IP address.
  return /\.[a-z][a-z0-9-]*$/i.test(host) ? host : undefined;
}

/** A parser of answers as a question wants it: true, or what is wrong. */
export function accepts(parse: (text: string) => unknown): (text: string) => true | string {
  return (text) => {
    const answer = accepted(() => parse(text));
    return 'fault' in answer ? answer.fault : true;
  };
}

function accepted<Value>(parse: () => Value): { value: Value } | { fault: string } {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof RefusedError) return { fault: error.message };
    throw error;
  }
}

interface Parser<Output> {
  safeParse: (
    text: string,
  ) => { success: true; data: Output } | { success: false; error: { issues: { message: string }[] } };
}

function checked<Output>(schema: Parser<Output>, text: string, name: string): Output {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new RefusedError(
    `${name}: ${parsed.error.issues[0]?.message ?? 'not understood'}, found ${text.trim() === '' ? 'nothing' : text}.`,
  );
}

/** A name with a dot, this machine, or an address: one bare word is a slip. */
function isHost(hostname: string): boolean {
  return /[.:]/.test(hostname) || hostname === 'localhost';
}

function readsAsSmtpUrl(url: string): boolean {
  const parsed = URL.parse(url);
  // A path is a password with a slash in it, and the host is in the wrong half.
  const named =
    url === 'inbox:' || (parsed !== null && parsed.hostname !== '' && /^\/?$/.test(parsed.pathname));
  const settings = accepted(() => readConfig({ SMTP_URL: url }, '/').secrets.smtpUrl);
  return named && 'value' in settings && settings.value !== null;
}

/** What is no URL may hold a password all the same. */
function withoutPassword(text: string): string {
  return text.replace(/:(?!\/\/).*@/s, ':•••@');
}
