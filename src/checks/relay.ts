import type { Context } from '../context.ts';
import { probeRelay, type RelayProbe } from '../delivery/relays/probe.ts';
import type { Dns } from '../dns.ts';
import { maskUrl } from '../log.ts';
import { isLoopback } from '../loopback.ts';
import { type Check, done, failed, look } from './check.ts';
import { type ClockReading, reading } from './clock.ts';
import { checkHostName } from './host-name.ts';
import { sesRefusal } from './ses.ts';

/** What was found of the relays, and what they told of the time. */
interface RelayChecks {
  checks: Check[];
  clocks: ClockReading[];
}

/**
 * Connects to each relay as the sender would, without sending anything.
 * @param urls where they are, in the order of SMTP_URL, SMTP_URL_2, …
 * @param dns null: nothing outside is asked.
 */
export async function checkRelays(
  context: Context,
  { urls, dns }: { urls: string[]; dns: Dns | null },
): Promise<RelayChecks> {
  if (urls.length === 0) {
    const found = 'none is set: editions wait, nothing is lost';
    const todo = 'set SMTP_URL, for example smtp://user:password@host:587';
    return { checks: [failed('relay', found, todo)], clocks: [] };
  }
  const results = await Promise.all(
    urls.map((url, at) => {
      const thing = at === 0 ? 'relay' : `relay ${at + 1}`;
      return checkRelay(context, { thing, smtpUrl: context.secrets.smtpUrls[at] ?? url, url, dns });
    }),
  );
  // One that is away holds nothing up while another takes its mail.
  const stoodIn = results.some(({ takes }) => takes);
  return {
    checks: results.flatMap(({ checks, takes }) =>
      takes || !stoodIn ? checks : checks.map((check): Check => ({ ...check, mark: 'look' })),
    ),
    clocks: results.flatMap(({ clocks }) => clocks),
  };
}

async function checkRelay(
  context: Context,
  { thing, smtpUrl, url, dns }: { thing: string; smtpUrl: string; url: string; dns: Dns | null },
): Promise<RelayChecks & { takes: boolean }> {
  const inbox = smtpUrl === 'inbox:';
  const only = (takes: boolean, ...checks: Check[]) => ({ takes, checks, clocks: [] });
  if (dns === null) return only(true, done(thing, `${inbox ? INBOX : maskUrl(smtpUrl)} (not tried)`));
  const answer = await askRelay({ smtpUrl, url, publicUrl: context.config.publicUrl });
  if ('fault' in answer) {
    const { name, happened, todo } = answer.fault;
    // `start` runs it.
    return only(
      false,
      inbox ? look(thing, `${name} ${happened}`, todo) : failed(thing, `${name}  ${happened}`, todo),
    );
  }
  if (inbox) return only(true, done(thing, `${INBOX} takes mail; none of it leaves this machine`));
  const { probe } = answer;
  const parts = [
    probe.tls ?? 'not encrypted',
    ...(probe.login ? ['login accepted'] : []),
    ...probe.capabilities.filter((each) => /^(PIPELINING|8BITMIME|SMTPUTF8|DSN)$/.test(each)),
    ...(probe.size === null ? [] : [`up to ${Math.round(probe.size / 1e6)} MB`]),
  ];
  const found = `${probe.name}  ${parts.join(', ')}`;
  const local = isLoopback(new URL(smtpUrl).hostname);
  const clock = reading(probe.name, probe.date, context.now());
  const own =
    probe.tls === null && !local
      ? look(thing, found, 'everybody on the way can read the mail: use port 587 or smtps://')
      : ((await sesRefusal(context.db, thing, found, smtpUrl)) ?? done(thing, found));
  return {
    takes: true,
    checks: [own, ...(local && probe.host !== null ? await checkHostName(dns, probe.host) : [])],
    clocks: clock === null ? [] : [clock],
  };
}

const INBOX = 'the built-in inbox';

export interface RelayFault {
  /** Its address without the password, or `the built-in inbox`. */
  name: string;
  happened: string;
  todo: string;
}

/**
 * Whether the relay would take our mail now.
 * @param smtpUrl as it is set, `inbox:` too. @param url where that is.
 */
export async function askRelay({
  smtpUrl,
  url,
  publicUrl,
}: {
  smtpUrl: string;
  url: string;
  publicUrl: string;
}): Promise<{ probe: RelayProbe } | { fault: RelayFault }> {
  try {
    return { probe: await probeRelay(url, { name: new URL(publicUrl).hostname }) };
  } catch (error) {
    if (smtpUrl === 'inbox:') {
      return { fault: { name: INBOX, happened: 'is not running', todo: 'broadsheet start' } };
    }
    const fault = error as Fault;
    return {
      fault: { name: maskUrl(smtpUrl), happened: whatHappened(fault), todo: whatToDo(fault, smtpUrl) },
    };
  }
}

interface Fault {
  code?: string;
  /** The server's reply, where there was one. */
  response?: string;
  message: string;
}

function whatHappened({ code, response, message }: Fault): string {
  if (response) return code === 'EAUTH' ? `login refused: ${response}` : response;
  if (/ECONNREFUSED/.test(message)) return 'nothing listens there (connection refused)';
  if (/greeting never received/i.test(message)) return 'it takes the connection and never greets';
  return message;
}

function whatToDo({ code, response, message }: Fault, smtpUrl: string): string {
  const { port } = new URL(smtpUrl);
  if (code === 'EAUTH')
    return 'check user and password in SMTP_URL (characters such as @ and / must be written %40, %2F)';
  if (response) return 'those are its own words: ask whoever runs it, or try again later';
  if (/wrong version number/i.test(message))
    return 'this port encrypts only after STARTTLS: write smtp:// instead of smtps://';
  if (/certificate|self.signed/i.test(message))
    return 'its certificate is not for this name: use the name that the provider gives';
  if (/greeting never received/i.test(message) && smtpUrl.startsWith('smtp://'))
    return 'is it a port for mail? One that is encrypted from the first byte (465) wants smtps://';
  if (port === '25' && /ETIMEDOUT|ECONN|timeout/i.test(`${code} ${message}`))
    return 'your provider seems to block port 25; use 587';
  if (/ENOTFOUND|EDNS|getaddrinfo/i.test(`${code} ${message}`))
    return 'there is no such host: check the name in SMTP_URL';
  return 'check host and port in SMTP_URL, and that this machine may reach it';
}
