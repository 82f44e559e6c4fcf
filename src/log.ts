import pino from 'pino';
import type { Config } from './config.ts';

export type Log = pino.Logger;

/**
 * The operator's log on standard error: JSON lines, or readable ones when it is a terminal. Whatever is written, no
 * line holds the address of a reader: relays repeat it in their replies, and databases in their errors.
 * @param destination instead of standard error, as JSON lines.
 */
export function createLog(
  level: Config['logLevel'],
  {
    pretty = process.stderr.isTTY,
    destination,
  }: { pretty?: boolean; destination?: pino.DestinationStream } = {},
): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    serializers: { err: errorOf, error: errorOf, cause: errorOf },
    hooks: { streamWrite: maskAddresses },
  };
  if (destination !== undefined) return pino(options, destination);
  if (!pretty) return pino(options, pino.destination(2));
  return pino(
    options,
    pino.transport({ target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } }),
  );
}

/** `reader@example.org` as logs and pages show it: `r•••@example.org`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...address][0]}•••${address.slice(at)}`;
}

/** A text that others read, without the addresses in it: relays often repeat the reader's in their replies. */
export function withoutAddresses(text: string): string {
  return maskAddresses(text.replace(QUOTED, '•••@'));
}

/** A URL without its password, for logs and terminals. */
export function maskUrl(url: string): string {
  return url.replace(/^([a-z+.-]+:\/\/[^:/@]*):.*@/i, '$1:•••@');
}

/** What stands before the @ (RFC 5321 section 4.1.2, RFC 6531), and of it what may as well stand around an address. */
const WITHIN = String.raw`\p{L}\p{M}\p{N}.!#$%&+\-`;
const AROUND = String.raw`'\x60/=?{|}*_^~`;
/** Begins only where such a run does, so that a long text without @ is read once. */
const ADDRESS = new RegExp(
  String.raw`(?<![${WITHIN}${AROUND}])([${AROUND}]*)([${WITHIN}])[${WITHIN}${AROUND}]*@(?=[\p{L}\p{N}[])`,
  'gu',
);
/** `"ada b"@example.org`; and in a line of JSON. */
const QUOTED = /"[^"\r\n]{1,64}"@(?=[\p{L}\p{N}[])/gu;
const QUOTED_IN_JSON = /\\"[^"\\]{1,64}\\"@(?=[\p{L}\p{N}[])/gu;

function maskAddresses(line: string): string {
  return line.includes('@') ? line.replace(QUOTED_IN_JSON, '•••@').replace(ADDRESS, '$1$2•••@') : line;
}

function errorOf(value: unknown): unknown {
  return value instanceof Error ? withoutRows(pino.stdSerializers.err(value)) : value;
}

/** PostgreSQL's `detail` and `where` quote the row that it could not store: names, addresses, whatever is in it. */
function withoutRows<Told extends object>(error: Told): Told {
  const told = Object.entries(error).filter(([key]) => key !== 'detail' && key !== 'where');
  return Object.fromEntries(
    told.map(([key, value]) => {
      if (Array.isArray(value) && key === 'aggregateErrors') return [key, value.map(withoutRows)];
      return [
        key,
        typeof value === 'object' && value !== null && 'stack' in value ? withoutRows(value) : value,
      ];
    }),
  ) as Told;
}
