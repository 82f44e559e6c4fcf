import ipaddr from 'ipaddr.js';
import { type Dns, DnsError } from '../dns.ts';
import { type Check, done, look } from './check.ts';

/**
 * Whether the name by which a mail server of this machine greets others leads to an address that leads back to it
 * (RFC 5321 section 4.1.4): Gmail and others refuse mail from where it does not.
 */
export async function checkHostName(dns: Dns, host: string): Promise<Check[]> {
  if (!host.includes('.') || /\.(local|localdomain|lan|internal)$/.test(host)) {
    return [
      look(
        'host name',
        `the mail server here calls itself ${host}, which nobody else knows`,
        'set its name to a real one (Postfix: myhostname), unless it hands all mail to another server',
      ),
    ];
  }
  try {
    const addresses = await dns.addresses(host);
    const open = addresses.filter((address) => ipaddr.process(address).range() === 'unicast');
    if (open.length === 0) {
      const found = `the mail server here calls itself ${host}, which has no public address`;
      return [
        look('host name', found, `publish  ${host}. A ADDRESS  with the address from which mail leaves`),
      ];
    }
    const named = await Promise.all(
      open.map(async (address) => ({ address, names: await dns.names(address) })),
    );
    const strange = named.filter(({ names }) => !names.some((name) => name.replace(/\.$/, '') === host));
    if (strange.length === 0) return [done('host name', `${host} ⇄ ${open.join(', ')}`)];
    return strange.map(({ address, names }) =>
      look(
        'host name',
        `${host} has the address ${address}, which points back at ${names.join(', ') || 'nothing'}`,
        `ask whoever gives you the address:  PTR of ${address}  ${host}.`,
      ),
    );
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return [look('host name', error.message, 'try again, or use --offline')];
  }
}
