import pino from 'pino';
import type { Config } from './config.ts';

export type Log = pino.Logger;

/** The operator's log on standard error: JSON lines, or readable ones when it is a terminal. */
export function createLog(level: Config['logLevel'], { pretty = process.stderr.isTTY } = {}): Log {
  if (!pretty) return pino({ level, base: null }, pino.destination(2));
  return pino(
    { level, base: null },
    pino.transport({ target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } }),
  );
}

/** `reader@example.org` as logs and pages show it: `r•••@example.org`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...address][0]}•••${address.slice(at)}`;
}

/** A URL without its password, for logs and terminals. */
export function maskUrl(url: string): string {
  return url.replace(/^([a-z+.-]+:\/\/[^:/@]*):.*@/i, '$1:•••@');
}
