import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Dns } from '../dns.ts';

/** What a domain's SPF record says, followed through all it includes. */
export interface Spf {
  /** null: it has none. */
  record: string | null;
  /** What makes receivers take the record for none at all (permerror), as a clause; null: it is well formed. */
  fault: string | null;
  /** Terms that ask DNS (RFC 7208 section 4.6.4: at most 10). */
  lookups: number;
  /** All domains that it includes, by whatever way. */
  includes: string[];
  /** Whether it lets one of `addresses` send. */
  covers: boolean;
  /** What it says of all others: `-` fail, `~` softfail, `?` nothing, `+` they may; null: no `all`. */
  all: string | null;
}

const MOST_LOOKUPS = 10;
const MOST_VOID = 2;
/** A record that needs many times more than is allowed is not followed to its end. */
const ENOUGH = 3 * MOST_LOOKUPS;

/**
 * Reads the SPF record of `domain` (RFC 7208). Terms with macros are counted and not followed.
 * @param addresses from where our mail may come, as far as that is known.
 * @throws DnsError when a name server does not answer.
 */
export async function readSpf(dns: Dns, domain: string, addresses: string[]): Promise<Spf> {
  const walk = new Walk(dns, addresses);
  const root = await walk.record(domain);
  const { lookups, includes, voids } = walk;
  const tooMany =
    lookups > MOST_LOOKUPS
      ? `needs ${lookups >= ENOUGH ? `${ENOUGH} or more` : lookups} DNS lookups, and receivers stop at ${MOST_LOOKUPS}`
      : voids > MOST_VOID
        ? `names ${voids} hosts that are not there, and receivers stop at ${MOST_VOID}`
        : null;
  return {
    record: root.text,
    fault: walk.fault ?? tooMany,
    lookups,
    includes: [...includes],
    covers: root.covers,
    all: root.all,
  };
}

interface Found {
  text: string | null;
  covers: boolean;
  all: string | null;
}

class Walk {
  lookups = 0;
  voids = 0;
  fault: string | null = null;
  readonly includes = new Set<string>();
  readonly #dns: Dns;
  readonly #addresses: ipaddr.IPv4[] | ipaddr.IPv6[];

  constructor(dns: Dns, addresses: string[]) {
    this.#dns = dns;
    this.#addresses = addresses
      .filter((each) => isIP(each) !== 0)
      .map((each) => ipaddr.process(each)) as ipaddr.IPv4[];
  }

  async record(domain: string): Promise<Found> {
    const records = (await this.#dns.txt(domain)).filter((text) => /^v=spf1(?= |$)/i.test(text));
    const [text] = records;
    if (records.length > 1) {
      this.#wrong(`${domain} has ${records.length} SPF records, and one is allowed: put all into one`);
      return { text: text ?? null, covers: false, all: null };
    }
    if (text === undefined) return { text: null, covers: false, all: null };
    const words = text.split(/ +/).slice(1).filter(Boolean);
    const terms = words.map(readTerm);
    const unknown = terms.indexOf(null);
    if (unknown >= 0) {
      this.#wrong(`${domain}: receivers do not understand "${words[unknown]}"`);
      return { text, covers: false, all: null };
    }
    const known = terms.filter((term) => term !== null);
    const all = known.find(({ name }) => name === 'all')?.qualifier ?? null;
    const found = await Promise.all(
      // A redirect counts only where there is no `all` (section 6.1).
      known.filter(({ name }) => name !== 'redirect' || all === null).map((term) => this.#term(term, domain)),
    );
    const redirected = found.find(({ redirected }) => redirected !== undefined)?.redirected;
    const covers = found.some(({ covers }, at) => covers && known[at]?.qualifier === '+');
    return { text, covers, all: all ?? redirected ?? null };
  }

  async #term(
    { name, value, prefix }: Term,
    domain: string,
  ): Promise<{ covers: boolean; redirected?: string | null }> {
    if (name === 'ip4' || name === 'ip6') return { covers: this.#within(value, prefix) };
    if (!ASKS.has(name)) return { covers: false };
    this.lookups++;
    const target = value === '' ? domain : value.toLowerCase();
    if (target.includes('%') || name === 'ptr' || name === 'exists' || this.lookups > ENOUGH)
      return { covers: false };
    switch (name) {
      case 'include':
      case 'redirect': {
        this.includes.add(target);
        const found = await this.record(target);
        if (found.text === null)
          this.#wrong(`${name === 'include' ? 'include:' : 'redirect='}${target} has no SPF record`);
        return { covers: found.covers, ...(name === 'redirect' && { redirected: found.all }) };
      }
      case 'a':
        return { covers: this.#among(await this.#hosts(target), prefix) };
      default: {
        const hosts = (await this.#dns.mx(target)).slice(0, MOST_LOOKUPS);
        if (hosts.length === 0) this.voids++;
        const found = await Promise.all(hosts.map(({ exchange }) => this.#dns.addresses(exchange)));
        return { covers: this.#among(found.flat(), prefix) };
      }
    }
  }

  async #hosts(name: string): Promise<string[]> {
    const found = await this.#dns.addresses(name);
    if (found.length === 0) this.voids++;
    return found;
  }

  #among(hosts: string[], prefix: string): boolean {
    return hosts.some((host) => this.#within(host, prefix));
  }

  #within(network: string, prefix: string): boolean {
    if (isIP(network) === 0) {
      this.#wrong(`"${network}" is no address`);
      return false;
    }
    const base = ipaddr.process(network);
    const [four, six] = prefix.split('//');
    const bits = Number(
      (base.kind() === 'ipv4' ? four : (six ?? four)) || (base.kind() === 'ipv4' ? 32 : 128),
    );
    return this.#addresses.some(
      (own) => own.kind() === base.kind() && own.match(base as ipaddr.IPv4 & ipaddr.IPv6, bits),
    );
  }

  #wrong(fault: string): void {
    this.fault ??= fault;
  }
}

const ASKS = new Set(['include', 'redirect', 'a', 'mx', 'ptr', 'exists']);

interface Term {
  qualifier: string;
  name: string;
  value: string;
  /** `24`, or `24//64` for both kinds of addresses. */
  prefix: string;
}

/** null: no term of SPF, at which receivers give up (section 4.6.1); unknown modifiers are passed over. */
function readTerm(text: string): Term | null {
  const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(text);
  if (modifier) {
    const [, name = '', value = ''] = modifier;
    return {
      qualifier: '+',
      name: name.toLowerCase() === 'redirect' ? 'redirect' : 'modifier',
      value,
      prefix: '',
    };
  }
  const mechanism = /^([+?~-]?)(all|include|a|mx|ptr|exists|ip4|ip6)(?::([^/]+))?(?:\/([0-9/]+))?$/i.exec(
    text,
  );
  if (mechanism === null) return null;
  const [, qualifier = '', name = '', value = '', prefix = ''] = mechanism;
  const needs = /^(include|exists|ip4|ip6)$/i.test(name);
  if (needs && value === '') return null;
  return { qualifier: qualifier || '+', name: name.toLowerCase(), value, prefix };
}
