import type { Config } from '../config.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import type { SiteFindings } from '../sources/discover-site.ts';
import { markLine, type Terminal } from '../terminal/terminal.ts';
import { type Answers, accepts, mailDomain, read } from './answers.ts';
import { findSite } from './find-site.ts';
import { type Flag, flagOf, type GivenAnswers } from './flags.ts';
import type { Question } from './question.ts';

export interface Asking {
  terminal: Terminal;
  /** Nobody can be asked: the defaults are taken, where there are any. */
  silent: boolean;
  config: Pick<Config, 'publicUrl' | 'fetchPrivate'>;
  now: () => Temporal.Instant;
  /** Puts a question to a person. */
  put: (question: Question) => Promise<string>;
  /** What was answered the last time. */
  earlier: Partial<Record<Flag, string>>;
}

/**
 * The six questions.
 * @throws RefusedError for a site given on the command line that cannot be read, and for an answer that is missing
 * where nobody can be asked.
 */
export async function ask(given: GivenAnswers, asking: Asking): Promise<Answers> {
  const { silent, put, earlier } = asking;
  const answer = async (flag: Flag, question: Question): Promise<string> => {
    const said = given[flag];
    if (said !== undefined) return said;
    if (!silent) return put(question);
    if (question.preset !== undefined) return question.preset;
    throw new RefusedError(
      `${flagOf(flag)} is missing (${question.message.toLowerCase()}): nobody can be asked here.`,
    );
  };

  const site = await askSite(given.site, asking);
  const from = read.from(
    await answer('from', {
      message: 'Sender, as it stands in the mailbox',
      preset: earlier.from ?? senderOf(site),
      check: accepts(read.from),
    }),
  );
  const postalAddress = read.postalAddress(
    await answer('postalAddress', {
      message: 'Postal address (the law asks for it in every newsletter)',
      preset: earlier.postalAddress,
      check: accepts(read.postalAddress),
    }),
  );
  const zone = read.timeZone(given.timeZone ?? earlier.timeZone ?? Temporal.Now.timeZoneId());
  const time = await answer('hour', {
    message: 'When does it go out, and in which time zone?',
    preset: `${earlier.hour ?? '07:00'} ${zone}`,
    check: accepts((text) => read.hourAndZone(text, zone)),
  });
  const smtpUrl = await askRelay(answer, earlier.smtp ?? 'inbox:');
  const you = read.you(
    await answer('you', {
      message: 'Your own address, for drafts, tests and alerts',
      preset: earlier.you,
      check: accepts(read.you),
    }),
  );
  return { site, from, postalAddress, ...read.hourAndZone(time, zone), smtpUrl, you };
}

/** A site that cannot be read is asked for again; Enter alone goes on without one. */
async function askSite(
  given: string | undefined,
  { silent, put, terminal, earlier, ...settings }: Asking,
): Promise<SiteFindings | null> {
  let site: SiteFindings | null = null;
  const look = async (text: string): Promise<void> => {
    const address = read.site(text);
    site = address === '' ? null : await findSite(address, settings);
  };
  if (given !== undefined) {
    await look(given).catch((error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      throw new RefusedError(
        `--site: ${error.message} To go on without one, give --from in its place; broadsheet source add URL adds a feed later.`,
      );
    });
  } else if (!silent) {
    await put({
      message: 'Address of your site (Enter alone: none yet)',
      preset: earlier.site,
      check: (text) => look(text).then(() => true as const, refusal),
      retype: true,
    });
  }
  if (site !== null) terminal.out(siteLine(terminal, site));
  return site;
}

function refusal(error: unknown): string {
  if (error instanceof RefusedError) return `${error.message} Try again; Enter alone goes on without a site.`;
  throw error;
}

function siteLine(terminal: Terminal, { name, language, feeds }: SiteFindings): string {
  const facts = [name, language, feeds[0]].filter((fact) => fact !== null && fact !== undefined);
  if (feeds.length > 0) return markLine(terminal, 'done', 'site', facts.join(', '));
  return markLine(terminal, 'look', 'site', [
    [...facts, 'it names no feed'].join(', '),
    '→ add one later:  broadsheet source add URL',
  ]);
}

/** `Harbour Ledger <news@ledger.example>` */
function senderOf(site: SiteFindings | null): string | undefined {
  const domain = site === null ? undefined : mailDomain(site.url);
  return domain && `${(site?.name ?? domain).replace(/["<>]/g, '')} <news@${domain}>`;
}

/** A relay that was set before is offered without its password. */
async function askRelay(
  answer: (flag: Flag, question: Question) => Promise<string>,
  known: string,
): Promise<string> {
  const shown = maskUrl(known);
  const whole = (text: string) => (text === shown ? known : text);
  const url = await answer('smtp', {
    message: 'SMTP relay (inbox: keeps all mail on this machine)',
    preset: shown,
    check: accepts((text) => read.smtpUrl(whole(text))),
    once: maskUrl,
  });
  return read.smtpUrl(whole(url));
}
