import type { Context } from '../context.ts';
import { signingFault } from '../delivery/dkim/missing-key.ts';
import { type Dns, DnsError } from '../dns.ts';
import { domainOf } from '../messages/header.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { type Check, done, failed, look } from './check.ts';
import { checkDkim } from './dkim.ts';
import { checkDmarc } from './dmarc.ts';
import { checkSpf } from './spf.ts';

/** What one part of a sender's standing came to: a word in the sender's line, lines of its own, or both. */
export interface Part {
  good: string | null;
  checks: Check[];
}

/** A domain that newsletters are sent from, and what receivers judge its mail by. */
export interface SendingDomain {
  domain: string;
  /** One of its senders: where reports may go. */
  address: string;
  /** The domain of the return path: what SPF is about. */
  returnPath: string;
}

/**
 * Senders' addresses, and what receivers will find of their domains: MX, SPF, DKIM, DMARC.
 * @param dns null: nothing outside is asked.
 */
export async function checkSenders(
  context: Context,
  newsletters: Newsletter[],
  dns: Dns | null,
): Promise<Check[]> {
  const byDomain = Map.groupBy(newsletters, ({ from }) => domainOf(from.address));
  const checks = await Promise.all(
    [...byDomain].map(([domain, own]) => checkDomain(context, domain, own, dns)),
  );
  // Domains that share a return path share its faults.
  return [...new Map(checks.flat().map((check) => [check.thing + check.found, check])).values()];
}

/** Providers whose domains nobody else may send for: their DMARC policies have such mail refused. */
const FREEMAIL =
  /^(gmail|googlemail|yahoo|ymail|aol|outlook|hotmail|live|msn|icloud|me|mac|gmx|web|proton|protonmail|mail|yandex|zoho)\.[a-z.]+$/i;
const NO_REPLY = /^(no|do-?not)[-_.]?reply/i;

async function checkDomain(
  context: Context,
  domain: string,
  newsletters: Newsletter[],
  dns: Dns | null,
): Promise<Check[]> {
  const addresses = [...new Set(newsletters.map(({ from }) => from.address))];
  const [address = ''] = addresses;
  const names = addresses.join(', ');
  if (FREEMAIL.test(domain)) {
    return [
      failed(
        'sender',
        `${names}: mail for ${domain} may only come from its own servers, others refuse it`,
        'use an address of your own domain as from',
      ),
    ];
  }
  const { config, secrets } = context;
  const real = secrets.smtpUrls.some((url) => url !== 'inbox:');
  const unsigned = signingFault(newsletters, context);
  const sending = { domain, address, returnPath: config.bounceDomain ?? domain };
  const parts = await Promise.all(
    real && dns !== null
      ? [
          attempt('sender', () => checkMx(dns, sending)),
          attempt('SPF', () => checkSpf(dns, sending, secrets, config)),
          ...(unsigned === null ? [attempt('DKIM', () => checkDkim(dns, sending, config))] : []),
          attempt('DMARC', () => checkDmarc(dns, sending, config)),
        ]
      : [],
  );
  const good = parts.flatMap((part) => part.good ?? []);
  const sender = [names, ...good].join('  ');
  return [
    ...(parts.length > 0 && good.length === 0 ? [] : [done('sender', sender)]),
    ...(unsigned === null ? [] : [failed('DKIM', unsigned.found, unsigned.todo)]),
    ...parts.flatMap(({ checks }) => checks),
    ...checkReplies(newsletters),
  ];
}

function checkReplies(newsletters: Newsletter[]): Check[] {
  const replies = new Set(newsletters.map(({ reply_to, from }) => reply_to ?? from.address));
  return [...replies]
    .filter((address) => NO_REPLY.test(address))
    .map((address) =>
      look(
        'replies',
        `they go to ${address}: readers do reply`,
        'set reply_to to an address that somebody reads',
      ),
    );
}

/** Whether replies reach the sender. */
async function checkMx(dns: Dns, { domain, address }: SendingDomain): Promise<Part> {
  const hosts = await dns.mx(domain);
  // RFC 7505: a single one without a name says that there is no mail.
  if (hosts.some(({ exchange }) => exchange !== '' && exchange !== '.')) return { good: 'MX ✓', checks: [] };
  const implicit = hosts.length === 0 && (await dns.addresses(domain)).length > 0;
  const todo = `publish  ${domain}. MX 10 HOST.  with the host that takes its mail`;
  return {
    good: null,
    checks: [
      implicit
        ? look('sender', `${address}: ${domain} has no MX; replies go to the machine of that name`, todo)
        : failed('sender', `${address}: ${domain} takes no mail (no MX): replies would be lost`, todo),
    ],
  };
}

/** A name server that does not answer is worth a look, no more. */
async function attempt(thing: string, check: () => Promise<Part>): Promise<Part> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return { good: null, checks: [look(thing, error.message, 'try again, or use --offline')] };
  }
}
