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
 * Everything that is wrong with the command line, a few words each; empty when it can be worked with. Pure.
 * @param silent nobody can be asked: what is missing and has no default is a fault too.
 */
export function faultsOf(given: GivenAnswers, { silent }: { silent: boolean }): string[] {
  const wrong = FLAGS.flatMap(({ name, check }) => {
    const said = given[name];
    const fault = said === undefined ? true : check(said);
    return fault === true ? [] : [`${flagOf(name)}: ${fault.replace(/^[^:]*: |\.$/g, '')}`];
  });
  if (!silent) return wrong;
  const missing = FLAGS.filter(({ name, needed }) => given[name] === undefined && needed(given));
  return [...wrong, ...missing.map(({ name, about }) => `${flagOf(name)} is missing (${about})`)];
}

/**
 * The six questions. `--yes` asks nothing and takes the defaults, where there are any.
 * @throws RefusedError for an answer that is missing where nobody can be asked.
 */
export async function ask(
  given: GivenAnswers,
  {
    terminal,
    silent,
    config,
  }: { terminal: Terminal; silent: boolean; config: Pick<Config, 'publicUrl' | 'fetchPrivate'> },
): Promise<Answers> {
  const answer = async (flag: Flag, question: Question): Promise<string> => {
    const said = given[flag];
    if (said !== undefined) return said;
    if (!silent) return prompt(question);
    if (question.preset !== undefined) return question.preset;
    throw new RefusedError(
      `${flagOf(flag)} is missing (${question.message.toLowerCase()}): nobody can be asked here.`,
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

type Flag = Exclude<keyof GivenAnswers, 'yes'>;

interface FlagRule {
  name: Flag;
  about: string;
  check: (text: string) => true | string;
  /** Whether it must be said where nobody can be asked. */
  needed: (given: GivenAnswers) => boolean;
}

const always = () => true;
/** Without `--yes` nobody has agreed to the defaults. */
const unlessYes = ({ yes }: GivenAnswers) => yes !== true;

const FLAGS: FlagRule[] = [
  { name: 'site', about: 'your site', check: accepts(read.site), needed: () => false },
  {
    name: 'from',
    about: 'the sender',
    check: accepts(read.from),
    // A site's own name and host make one.
    needed: ({ site }) => (site ?? '') === '',
  },
  { name: 'postalAddress', about: 'postal address', check: accepts(read.postalAddress), needed: always },
  {
    name: 'hour',
    about: 'when it goes out',
    check: accepts((text) => read.hourAndZone(text, 'UTC')),
    needed: unlessYes,
  },
  { name: 'timeZone', about: 'time zone', check: accepts(read.timeZone), needed: () => false },
  { name: 'smtp', about: 'the relay', check: accepts(read.smtpUrl), needed: unlessYes },
  { name: 'you', about: 'your own address', check: accepts(read.you), needed: always },
];

function flagOf(name: Flag): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
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
