import { existsSync, readFileSync } from 'node:fs';
import { parseNewsletter } from '../newsletters/file.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import { RefusedError } from '../refused-error.ts';
import type { Flag } from './flags.ts';

export interface EarlierAnswers {
  answers: Partial<Record<Flag, string>>;
  /** The newsletter that the file made: to answer anew is to change it, not to make a second one. */
  newsletter: { slug: string; name: string } | null;
}

/** What the settings and the newsletter file at `path` say already, as the answers that would make them. */
export function earlierAnswers(env: NodeJS.ProcessEnv, path: string): EarlierAnswers {
  const newsletter = newsletterAt(path);
  return {
    answers: {
      ...(newsletter === null ? {} : answersOf(newsletter)),
      ...(env.SMTP_URL ? { smtp: env.SMTP_URL } : {}),
      ...(env.ALERT_TO ? { you: env.ALERT_TO } : {}),
    },
    newsletter,
  };
}

/** null: there is none that could be read. */
function newsletterAt(path: string): NewsletterSettings | null {
  if (!existsSync(path)) return null;
  try {
    return parseNewsletter(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

function answersOf(newsletter: NewsletterSettings): Partial<Record<Flag, string>> {
  const { from, postal_address, time_zone, site, rhythms } = newsletter;
  const [, minute = '', hour = ''] =
    /^(\d+) (\d+) /.exec(rhythms.daily ?? rhythms.weekdays ?? rhythms.weekly ?? '') ?? [];
  return {
    from: `${from.name} <${from.address}>`,
    postalAddress: postal_address,
    timeZone: time_zone,
    ...(site === undefined ? {} : { site }),
    ...(hour === '' ? {} : { hour: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` }),
  };
}
