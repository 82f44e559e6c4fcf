import { type Dns, DnsError } from '../../src/dns.ts';

/**
 * A DNS of a test's own: `{ 'news.example TXT': ['v=spf1 -all'], 'news.example MX': ['10 mx.news.example'] }`, with
 * `A` for addresses and `PTR` for names of an address. What begins with `silent` never answers.
 */
export function publishedDns(records: Record<string, string[]>): Dns & { asked: string[] } {
  const asked: string[] = [];
  const find = async (name: string, type: string): Promise<string[]> => {
    asked.push(`${name} ${type}`);
    if (name.startsWith('silent')) throw new DnsError(`${name} could not be looked up (ETIMEOUT)`);
    return records[`${name} ${type}`] ?? [];
  };
  return {
    asked,
    txt: (name) => find(name, 'TXT'),
    mx: async (name) =>
      (await find(name, 'MX')).map((record) => {
        const [priority = '', exchange = ''] = record.split(' ');
        return { priority: Number(priority), exchange };
      }),
    addresses: (name) => find(name, 'A'),
    names: (address) => find(address, 'PTR'),
  };
}
