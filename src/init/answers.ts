import { readConfig } from '../config.ts';
import { maskUrl } from '../log.ts';
import { newsletterSettings } from '../newsletters/settings.ts';
import { RefusedError } from '../refused-error.ts';
import type { SiteFindings } from '../sources/discover-site.ts';
import { expectedTimeZone, isTimeZone } from '../time-zone.ts';

/** What `broadsheet init` asks, checked. */
export interface Answers {
  /** null: no site, or nothing was found there. */
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
  from: (text: string) => checked(newsletterSettings.shape.from, text, 'Sender'),
  postalAddress: (text: string) => checked(newsletterSettings.shape.postal_address, text, 'Postal address'),
  timeZone(text: string): string {
    const zone = text.trim();
    if (!isTimeZone(zone)) throw new RefusedError(`Time zone: ${expectedTimeZone(zone)}.`);
    return zone;
  },
  /** Empty: no site. */
  site(text: string): string {
    const address = text.trim();
    const url = URL.parse(/^https?:\/\//i.test(address) ? address : `https://${address}`);
    if (address !== '' && (url === null || /\s/.test(address))) {
      throw new RefusedError(`Site: expected an address such as https://ledger.example, found ${address}.`);
    }
    return address;
  },
  you: (text: string) => checked(newsletterSettings.shape.reply_to.unwrap(), text.trim(), 'Your address'),
  hour(text: string): string {
    const match = /^(\d{1,2})(?::(\d{2}))?$/.exec(text.trim());
    const [hour, minute] = [Number(match?.[1] ?? 24), Number(match?.[2] ?? 0)];
    if (hour > 23 || minute > 59)
      throw new RefusedError(`Hour: expected a time such as 07:00, found ${text}.`);
    return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  },
  /** `07:00 Europe/London`; the zone may be left out. */
  hourAndZone(text: string, zone: string): { hour: string; timeZone: string } {
    const [hour = '', named = zone] = text.trim().split(/\s+/, 2);
    return { hour: read.hour(hour), timeZone: read.timeZone(named) };
  },
  smtpUrl(text: string): string {
    const url = text.trim();
    if (readsAsSmtpUrl(url)) return url;
    throw new RefusedError(
      `SMTP relay: expected smtp://user:password@host:587, smtps://… or inbox:, found ${url === '' ? 'nothing' : maskUrl(url)}.`,
    );
  },
};

function readsAsSmtpUrl(url: string): boolean {
  try {
    return readConfig({ SMTP_URL: url }, '/').secrets.smtpUrl !== null;
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
}

/** A parser of answers as a question wants it: true, or what is wrong. */
export function accepts(parse: (text: string) => unknown): (text: string) => true | string {
  return (text) => {
    try {
      parse(text);
      return true;
    } catch (error) {
      if (error instanceof RefusedError) return error.message;
      throw error;
    }
  };
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
    `${name}: ${parsed.error.issues[0]?.message ?? 'not understood'}, found ${text === '' ? 'nothing' : text}.`,
  );
}
