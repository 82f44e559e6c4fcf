import { askRelay, type RelayFault } from '../checks/relay.ts';
import type { Config, RelaySettings } from '../config.ts';
import type { Context } from '../context.ts';
import { openKeyring } from '../delivery/dkim/keyring.ts';
import { signingFault, signingSentence } from '../delivery/dkim/missing-key.ts';
import { signingRelay } from '../delivery/dkim/signing-relay.ts';
import { readReplyRules } from '../delivery/own-reply-rules.ts';
import type { Relay } from '../delivery/relay.ts';
import { nodemailerRelay } from '../delivery/relays/nodemailer.ts';
import { replyReader } from '../delivery/replies.ts';
import { maskUrl } from '../log.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine, type Terminal } from '../terminal/terminal.ts';

/**
 * The relays that SMTP_URL, SMTP_URL_2 … name, over which everything is signed unless they do so (`DKIM=relay`) or
 * it is our own inbox.
 * @throws RefusedError when none is set, or for a DKIM key that is none.
 */
export function openRelays({ config, secrets, log }: Pick<Context, 'config' | 'secrets' | 'log'>): Relay[] {
  setUrl(secrets);
  const signs = config.dkim === 'sign' && secrets.smtpUrls.some((url) => url !== 'inbox:');
  const keysOf = signs ? openKeyring(config.dkimFolder, log) : null;
  const readReply = replyReader(readReplyRules(config.replyRules));
  const names = new Map<string, number>();
  return secrets.smtpUrls.map((url, at) => {
    const { atOnce: connections, ...limits } = config.relays[at] as RelaySettings;
    const relay = nodemailerRelay(relayUrl(url, config), {
      connections,
      limits,
      name: new URL(config.publicUrl).hostname,
      readReply,
    });
    // Two accounts at one server are two relays.
    const known = (names.get(relay.name) ?? 0) + 1;
    names.set(relay.name, known);
    const named = known === 1 ? relay : { ...relay, name: `${relay.name} (${known})` };
    return keysOf === null || url === 'inbox:' ? named : signingRelay(named, keysOf);
  });
}

/** As people read them: `mail.example:587 and backup.example:587`. */
export function relayNames(relays: Relay[]): string {
  return relays.map(({ name }) => name).join(' and ');
}

/** Messages a second of all relays that work together. */
export function totalRate({ relays }: Pick<Config, 'relays'>): number {
  return relays.reduce((sum, { perSecond, weight }) => (weight === 0 ? sum : sum + perSecond), 0);
}

/** What was heard of the relays when all of them were asked. */
interface RelaysAsked {
  /** The place of the first that takes mail, in the order of SMTP_URL, SMTP_URL_2, … */
  first: number;
  /** One for each that does not, for whom another takes over. */
  warnings: string[];
}

/**
 * Makes sure that one relay at least would take our mail now: to be asked before anything is written down.
 * @param demo whether it is the demo's, which only runs with it.
 * @throws RefusedError when none does, saying of each what happened and what to do.
 */
export async function requireRelay(
  { config, secrets }: Pick<Context, 'config' | 'secrets'>,
  { demo }: { demo: boolean },
): Promise<RelaysAsked> {
  const inboxHost = new URL(relayUrl(setUrl(secrets), config)).host;
  const faults = await Promise.all(
    secrets.smtpUrls.map(async (smtpUrl) => {
      const url = relayUrl(smtpUrl, config);
      const answer = await askRelay({ smtpUrl, url, publicUrl: config.publicUrl });
      return 'fault' in answer ? answer.fault : null;
    }),
  );
  const first = faults.indexOf(null);
  const away = faults.filter((fault) => fault !== null);
  if (first >= 0) {
    const others = secrets.smtpUrls.filter((_, at) => faults[at] === null).map(maskUrl);
    const takeOver = `${others.join(' and ')} ${others.length === 1 ? 'takes' : 'take'} over`;
    return { first, warnings: away.map(({ name, happened }) => `${name}: ${happened}; ${takeOver}`) };
  }
  if (demo) {
    throw new RefusedError(
      `The demo is not running: its inbox at ${inboxHost} does not answer, and nothing was changed or sent. Start it first:  npx broadsheet demo`,
    );
  }
  const said =
    secrets.smtpUrl === 'inbox:'
      ? `The built-in inbox at ${inboxHost} ${away[0]?.happened}`
      : nobodyTakes(away);
  const todo = [...new Set(away.map((fault) => fault.todo))].join('; ');
  throw new RefusedError(`${said}. Nothing was changed or sent. What to do: ${todo}`);
}

/** Tells a person, beside what the command prints, for which relays others take over. */
export function warnOfRelays(terminal: Terminal, { warnings }: RelaysAsked): void {
  for (const warning of warnings) terminal.err(markLine(terminal, 'look', 'relay', warning));
}

function nobodyTakes(away: RelayFault[]): string {
  const each = away.map(({ name, happened }) => `${name}, ${happened}`).join('; ');
  return `${away.length === 1 ? 'The relay does not take mail' : 'No relay takes mail'}: ${each}`;
}

/**
 * Makes sure that the mail of `newsletters` can be signed: to be asked before anything is written down.
 * @throws RefusedError naming the domain without a key, or the file that is none, with what to do.
 */
export function requireSigning(
  newsletters: Pick<Newsletter, 'slug' | 'from'>[],
  context: Pick<Context, 'config' | 'secrets'>,
): void {
  const fault = signingFault(newsletters, context);
  if (fault !== null) throw new RefusedError(`${signingSentence(fault)}. Nothing was changed or sent.`);
}

/** SMTP_URL as an address that can be connected to: `inbox:` is the built-in inbox of a running `start`. */
export function relayUrl(smtpUrl: string, { inboxSmtpPort }: Pick<Config, 'inboxSmtpPort'>): string {
  return smtpUrl === 'inbox:' ? `smtp://127.0.0.1:${inboxSmtpPort}` : smtpUrl;
}

function setUrl({ smtpUrl }: Pick<Context['secrets'], 'smtpUrl'>): string {
  if (smtpUrl !== null) return smtpUrl;
  throw new RefusedError(
    'No relay is set: editions wait, nothing is lost. Set SMTP_URL (smtp://user:password@host:587, or inbox: for the built-in inbox).',
  );
}
