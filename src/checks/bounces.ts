import type { Context } from '../context.ts';
import { type Dns, DnsError } from '../dns.ts';
import { type Check, done, failed, look } from './check.ts';

/**
 * Whether bounces come back to where they can be told apart (RFC 5321 return paths at BOUNCE_DOMAIN).
 * @param dns null: nothing outside is asked.
 */
export async function checkBounces({ config, secrets }: Context, dns: Dns | null): Promise<Check[]> {
  const { bounceDomain: domain } = config;
  if (secrets.smtpUrls.every((url) => url === 'inbox:')) return [];
  const ways = waysBack({ config, secrets });
  if (domain === null) {
    if (ways.length > 0) return [done('bounces', ways.join(' and '))];
    return [
      look(
        'bounces',
        'they come to the sender’s address, and nobody can leave by mail',
        'set BOUNCE_DOMAIN to a domain whose mail you read',
      ),
    ];
  }
  const told = ways.length === 0 ? '' : `, ${ways.join(' and ')}`;
  if (dns === null) return [done('bounces', `${domain}${told}`)];
  const host = new URL(config.publicUrl).hostname;
  try {
    const hosts = (await dns.mx(domain)).filter(({ exchange }) => exchange !== '' && exchange !== '.');
    const best = hosts.toSorted((one, other) => one.priority - other.priority)[0];
    if (best === undefined) {
      const found = `${domain} has no MX: bounces to it are lost`;
      const todo = `publish  ${domain}. MX 10 ${host}.  (the host that takes them)`;
      // Those that a provider reports come all the same; leaving by mail does not.
      return [reported(ways) ? look('bounces', found, todo) : failed('bounces', found, todo)];
    }
    if ((await dns.addresses(best.exchange)).length === 0) {
      const found = `the MX of ${domain}, ${best.exchange}, has no address: bounces are lost`;
      return [failed('bounces', found, `publish  ${best.exchange}. A ADDRESS, or name another host as MX`)];
    }
    if (ways.length > 0) return [done('bounces', `${domain}  MX ✓${told}`)];
    return [
      look(
        'bounces',
        `${domain}  MX ✓, but nothing reads what comes there`,
        'set BOUNCE_IMAP_URL or BOUNCE_LISTEN, or your provider’s webhook',
      ),
    ];
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return [look('bounces', error.message, 'try again, or use --offline')];
  }
}

function reported(ways: string[]): boolean {
  return ways.some((way) => way.includes('webhook'));
}

/** How bounces reach us. */
function waysBack({ config, secrets }: Pick<Context, 'config' | 'secrets'>): string[] {
  const { bounceListen: listen } = config;
  const { bounceImapUrl, webhooks } = secrets;
  const reports = [
    ...(config.sesTopic === null ? [] : ['ses']),
    ...Object.entries(webhooks).flatMap(([name, secret]) => (secret === null ? [] : [name])),
  ];
  return [
    ...(listen === null ? [] : [`taken at ${listen.host}:${listen.port}`]),
    ...(bounceImapUrl === null ? [] : [`read at ${new URL(bounceImapUrl).hostname}`]),
    ...(reports.length === 0 ? [] : [`told by webhook (${reports.join(', ')})`]),
  ];
}
