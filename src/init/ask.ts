import type { Config } from '../config.ts';
import { RefusedError } from '../refused-error.ts';
import { discoverSite, type SiteFindings } from '../sources/discover-site.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { markLine } from '../terminal/terminal.ts';
import { type Answers, accepts, read } from './answers.ts';

/** What was said on the command line; what is missing is asked. */
export interface GivenAnswers {
  site?: string;
  from?: string;
  postalAddress?: string;
  hour?: string;
  timeZone?: string;
  smtp?: string;
  you?: string;
  yes?: boolean;
}

/**
 * The six questions. `--yes` asks nothing and takes the defaults, where there are any.
 * @throws RefusedError for an answer that is wrong, or missing where nobody can be asked.
 */
export async function ask(
  given: GivenAnswers,
  { terminal, config }: { terminal: Terminal; config: Pick<Config, 'publicUrl' | 'fetchPrivate'> },
): Promise<Answers> {
  const silent = given.yes === true || !terminal.interactive;
  const answer = async (flag: keyof GivenAnswers, question: Question): Promise<string> => {
    const said = given[flag];
    if (typeof said === 'string') return said;
    if (!silent) return prompt(question);
    if (question.preset !== undefined && (given.yes || question.preset === '')) return question.preset;
    const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new RefusedError(
      `--${name} is missing (${question.message.toLowerCase()}): nobody can be asked here.`,
    );
  };

  const address = read.site(
    await answer('site', {
      message: 'Address of your site (empty: none yet)',
      preset: '',
      check: accepts(read.site),
    }),
  );
  const site = address === '' ? null : await findSite(address, config, terminal);
  const host = site === null ? 'news.example' : new URL(site.url).hostname.replace(/^www\./, '');
  const from = read.from(
    await answer('from', {
      message: 'Sender, as it stands in the mailbox',
      ...(site === null ? {} : { preset: `${site.name ?? host} <digest@${host}>` }),
      check: accepts(read.from),
    }),
  );
  const postalAddress = read.postalAddress(
    await answer('postalAddress', {
      message: 'Postal address (the law asks for it in every newsletter)',
      check: accepts(read.postalAddress),
    }),
  );
  const zone = given.timeZone ?? Temporal.Now.timeZoneId();
  const time = await answer('hour', {
    message: 'When does it go out, and in which time zone?',
    preset: `07:00 ${zone}`,
    check: accepts((text) => read.hourAndZone(text, zone)),
  });
  const smtpUrl = read.smtpUrl(
    await answer('smtp', {
      message: 'SMTP relay (inbox: keeps all mail on this machine)',
      preset: 'inbox:',
      check: accepts(read.smtpUrl),
    }),
  );
  const you = read.you(
    await answer('you', {
      message: 'Your own address, for drafts, tests and alerts',
      check: accepts(read.you),
    }),
  );
  return { site, from, postalAddress, ...read.hourAndZone(time, zone), smtpUrl, you };
}

interface Question {
  message: string;
  preset?: string;
  check?: (text: string) => true | string;
}

async function prompt({ message, preset, check }: Question): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  return input({
    message,
    ...(preset === undefined || preset === '' ? {} : { default: preset }),
    validate: check ?? (() => true),
  });
}

/** A site that cannot be read is no reason to stop: its feed can be added later. */
async function findSite(
  address: string,
  config: Pick<Config, 'publicUrl' | 'fetchPrivate'>,
  terminal: Terminal,
): Promise<SiteFindings | null> {
  try {
    const site = await discoverSite(address, { config });
    const facts = [site.name, site.language, site.feeds[0] ?? 'no feed named there'].filter(
      (fact) => fact !== null,
    );
    terminal.out(markLine(terminal, site.feeds.length > 0 ? 'done' : 'look', 'site', facts.join(', ')));
    return site;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    terminal.out(
      markLine(terminal, 'look', 'site', [error.message, '→ add its feed later:  broadsheet source add URL']),
    );
    return null;
  }
}
