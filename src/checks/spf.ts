import type { Config, Secrets } from '../config.ts';
import { readSmtpUrl } from '../delivery/relays/smtp-url.ts';
import type { Dns } from '../dns.ts';
import { isLoopback } from '../loopback.ts';
import { failed, look } from './check.ts';
import { namesProvider, spfIncludeFor } from './mail-providers.ts';
import type { Part, SendingDomain } from './senders.ts';
import { readSpf } from './spf-record.ts';

/**
 * Whether the domain of the return path lets our relays send (RFC 7208). From which addresses a relay sends on only it
 * knows: what can be seen is that the record lets the relay itself send, or includes whoever runs it.
 * @throws DnsError
 */
export async function checkSpf(
  dns: Dns,
  { returnPath }: SendingDomain,
  { smtpUrls }: Pick<Secrets, 'smtpUrls'>,
  { publicUrl }: Pick<Config, 'publicUrl'>,
): Promise<Part> {
  const hosts = smtpUrls
    .filter((url) => url !== 'inbox:')
    .map(readSmtpUrl)
    // What a mail server on this machine takes leaves from here.
    .map(({ host, loopback }) => (loopback ? new URL(publicUrl).hostname : host));
  const findings = await Promise.all(
    [...new Set(hosts)].map(async (host) => ({
      host,
      spf: await readSpf(dns, returnPath, await dns.addresses(host)),
    })),
  );
  const [first] = findings;
  if (first === undefined) return { good: null, checks: [] };
  const { record, fault, all } = first.spf;
  if (fault !== null) {
    const todo = 'receivers take such a record for none: mend it at your DNS provider';
    return {
      good: null,
      checks: [failed('SPF', `${returnPath}: ${fault.replace(`${returnPath} `, '')}`, todo)],
    };
  }
  if (record === null) {
    const known = hosts.filter((host) => !isLoopback(host));
    const terms = [...new Set(known.map(termFor))].join(' ');
    return {
      good: null,
      checks: [
        look(
          'SPF',
          `${returnPath} has none: receivers cannot tell your relay from anybody else`,
          known.length === hosts.length ? `publish  ${returnPath}. TXT "v=spf1 ${terms} -all"` : NO_NAME,
        ),
      ],
    };
  }
  const strange = findings.filter(({ host, spf }) => !spf.covers && !namesProvider(spf.includes, host));
  const checks = [
    ...(all === '+'
      ? [look('SPF', `${record}  lets everybody send`, `publish it with -all at its end instead of +all`)]
      : []),
    ...strange.map(({ host }) =>
      look(
        'SPF',
        `${record}  does not name ${host} in a way that can be seen from here`,
        isLoopback(host)
          ? NO_NAME
          : spfIncludeFor(host) === null
            ? `ask whoever runs it what to add, or see whether a test mail has spf=pass in its source`
            : `publish  ${returnPath}. TXT "${withTerm(record, termFor(host))}"`,
      ),
    ),
  ];
  return { good: checks.length === 0 ? 'SPF ✓' : null, checks };
}

/** No receiver could look up a name that means itself. */
const NO_NAME =
  'your mail server is on this machine, and PUBLIC_URL names no machine that receivers could look up: set it, and check again';

function termFor(host: string): string {
  const include = spfIncludeFor(host);
  return include === null ? `a:${host}` : `include:${include}`;
}

/** Where receivers come to it: before what settles everything else. */
function withTerm(record: string, term: string): string {
  return /[+?~-]?all\b|redirect=/i.test(record)
    ? record.replace(/ (?=[+?~-]?all\b|redirect=)/i, ` ${term} `)
    : `${record} ${term}`;
}
