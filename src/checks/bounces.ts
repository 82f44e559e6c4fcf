import { Resolver } from 'node:dns/promises';
import type { Context } from '../context.ts';
import { type Check, done, failed, look } from './check.ts';

/** Whether bounces come back to where they can be told apart (RFC 5321 return paths at BOUNCE_DOMAIN). */
export async function checkBounces(
  { config, secrets }: Context,
  { online }: { online: boolean },
): Promise<Check[]> {
  const domain = config.bounceDomain;
  if (secrets.smtpUrl === null || secrets.smtpUrl === 'inbox:') return [];
  if (domain === null) {
    return [
      look(
        'bounces',
        'they come to the sender’s address, and nobody can leave by mail',
        'set BOUNCE_DOMAIN to a domain whose mail you read',
      ),
    ];
  }
  if (!online) return [done('bounces', domain)];
  try {
    await new Resolver({ timeout: 3000, tries: 1 }).resolveMx(domain);
    return [done('bounces', `${domain}  MX ✓`)];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTFOUND' && code !== 'ENODATA') {
      return [look('bounces', `${domain} could not be looked up (${code})`, 'try again, or use --offline')];
    }
    return [
      failed('bounces', `${domain} has no MX: bounces will be lost`, `publish an MX record for ${domain}`),
    ];
  }
}
