import { Resolver } from 'node:dns/promises';

/**
 * What is asked of the DNS. What is not there is an empty list; a name server that does not answer is a DnsError.
 * Whoever asks is given one, as they are given the clock, so that tests publish records of their own.
 */
export interface Dns {
  /** TXT records, the strings of each joined (RFC 7208 section 3.3). */
  txt: (name: string) => Promise<string[]>;
  mx: (name: string) => Promise<{ exchange: string; priority: number }[]>;
  /** IPv4 and IPv6. */
  addresses: (name: string) => Promise<string[]>;
  /** The names of an address (PTR). */
  names: (address: string) => Promise<string[]>;
}

/** Nobody can tell whether the record is there. The message is a clause: `news.example could not be looked up (…)`. */
export class DnsError extends Error {}

/**
 * The DNS as this machine is set up to ask it.
 * @param timeout of one question to one server, ms.
 * @param servers default: the machine's own.
 */
export function systemDns({
  timeout = 2500,
  tries = 2,
  servers,
}: {
  timeout?: number;
  tries?: number;
  servers?: string[];
} = {}): Dns {
  const open = () => {
    const resolver = new Resolver({ timeout, tries });
    if (servers !== undefined) resolver.setServers(servers);
    return resolver;
  };
  const ask = <Answer>(name: string, question: (resolver: Resolver) => Promise<Answer[]>) =>
    question(open()).catch((error: NodeJS.ErrnoException): Answer[] => {
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return [];
      throw new DnsError(`${name} could not be looked up (${error.code ?? error.message})`);
    });
  return {
    txt: async (name) => (await ask(name, (dns) => dns.resolveTxt(name))).map((strings) => strings.join('')),
    mx: (name) => ask(name, (dns) => dns.resolveMx(name)),
    addresses: async (name) => {
      const both = [ask(name, (dns) => dns.resolve4(name)), ask(name, (dns) => dns.resolve6(name))];
      return (await Promise.all(both)).flat();
    },
    names: (address) => ask(address, (dns) => dns.reverse(address)),
  };
}
