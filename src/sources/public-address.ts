import ipaddr from 'ipaddr.js';

/** Prefixes whose addresses hold an IPv4 address that the packet ends up at, and where it stands in them. */
const WRAPPED: { prefix: [ipaddr.IPv6, number]; at: number }[] = [
  { prefix: ipaddr.IPv6.parseCIDR('::/96'), at: 12 },
  { prefix: ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96'), at: 12 },
  { prefix: ipaddr.IPv6.parseCIDR('64:ff9b::/96'), at: 12 },
  { prefix: ipaddr.IPv6.parseCIDR('64:ff9b:1::/48'), at: 12 },
  { prefix: ipaddr.IPv6.parseCIDR('2002::/16'), at: 2 },
];

/**
 * Whether `address` is one of the public internet's hosts: not this machine, not a private network, not a router's or
 * a cloud's own service. Mapped, compatible, translated (RFC 6052) and 6to4 (RFC 3056) forms count as the IPv4 address
 * within them. What cannot be parsed is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() === 'unicast';
  const wrapped = WRAPPED.find(({ prefix }) => parsed.match(prefix));
  if (wrapped === undefined) return parsed.range() === 'unicast';
  const bytes = parsed.toByteArray().slice(wrapped.at, wrapped.at + 4);
  return ipaddr.fromByteArray(bytes).range() === 'unicast';
}
