import { accepts, mailDomain, read, withScheme } from './answers.ts';

/** What was said on the command line; what is missing is asked. */
export interface GivenAnswers extends Partial<Record<Flag, string>> {
  yes?: boolean;
}

export type Flag = 'site' | 'from' | 'postalAddress' | 'hour' | 'timeZone' | 'smtp' | 'you';

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

/** `--postal-address` */
export function flagOf(name: Flag): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

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
    about: 'the sender: "Harbour Ledger <news@ledger.example>"',
    check: accepts(read.from),
    // A site's own name and host make one.
    needed: ({ site = '' }) => mailDomain(withScheme(site)) === undefined,
  },
  {
    name: 'postalAddress',
    about: 'the law asks for one in every newsletter',
    check: accepts(read.postalAddress),
    needed: always,
  },
  {
    name: 'hour',
    about: 'when it goes out: 07:00, or --yes for the defaults',
    check: accepts((text) => read.hourAndZone(text, 'UTC')),
    needed: unlessYes,
  },
  { name: 'timeZone', about: 'time zone', check: accepts(read.timeZone), needed: () => false },
  {
    name: 'smtp',
    about: 'the relay, or inbox: to keep all mail on this machine',
    check: accepts(read.smtpUrl),
    needed: unlessYes,
  },
  {
    name: 'you',
    about: 'your own address, for drafts, tests and alerts',
    check: accepts(read.you),
    needed: always,
  },
];
