/** Whether a host, as `URL.hostname` has it, is this machine itself (RFC 6761 section 6.3). Pure. */
export function isLoopback(host: string): boolean {
  return /^((.+\.)?localhost\.?|127\.[\d.]+|\[?::1\]?)$/i.test(host);
}
