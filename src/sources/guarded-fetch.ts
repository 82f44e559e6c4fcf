import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, fetch } from 'undici';
import packageFile from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { maskUrl } from '../log.ts';
import { FetchFailure, failureOf, statusFailure } from './fetch-failure.ts';
import { isPublicAddress } from './public-address.ts';

export interface FetchedDocument {
  /** `unchanged`: the server says that what `etag` and `lastModified` name is still what it has (304). */
  status: 'fetched' | 'unchanged';
  /** Where it was found in the end, after redirects. */
  url: string;
  /** Where it has moved for good: the end of the permanent redirects with which the way began (RFC 9110 15.4.2, 15.4.9). */
  movedTo: string | null;
  /** Empty when unchanged. */
  bytes: Uint8Array;
  contentType: string | null;
  etag: string | null;
  lastModified: string | null;
  /** What the server's clock showed (RFC 9110 section 6.6.1). */
  date: string | null;
}

export interface FetchOptions {
  /** Whose fetching it is (`publicUrl` stands in the User-Agent), and whether private addresses are allowed. */
  config: Pick<Config, 'publicUrl' | 'fetchPrivate'>;
  /** What an earlier answer said of itself: the server then sends only what is newer. */
  etag?: string | null | undefined;
  lastModified?: string | null | undefined;
  accept?: string;
  /** From asking to the last byte, redirects included, ms. */
  within?: number;
  /** Most bytes of the document, unpacked. */
  mostBytes?: number;
  signal?: AbortSignal | undefined;
  /** How names become addresses; the system's own by default. */
  lookup?: LookupFunction;
}

const REDIRECTS = 5;
const WITHIN = 30_000;
const MOST_BYTES = 20 * 1024 * 1024;

/**
 * Fetches a document from the public internet, whoever wrote its address: http(s) only, never from a private address
 * (checked where the socket has really connected to, so that a name cannot change its mind), at every redirect,
 * within limits of time and size.
 * @throws FetchFailure (a RefusedError): a sentence for the operator.
 */
export async function guardedFetch(address: string, options: FetchOptions): Promise<FetchedDocument> {
  const within = options.within ?? WITHIN;
  const timeout = AbortSignal.timeout(within);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  // One agent a document: no connection outlives the check that was made for it.
  const agent = guardedAgent(options, within);
  let url = checkedUrl(address, options);
  let movedTo: string | null = null;
  let forGood = true;
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(url, {
        dispatcher: agent,
        redirect: 'manual',
        signal,
        headers: requestHeaders(options),
      });
      const target = redirectTarget(response, url);
      if (target === undefined) return { ...(await readAnswer(response, url, options)), movedTo };
      if (redirects === REDIRECTS) {
        throw new FetchFailure(
          `${shown(address)} redirects more than ${REDIRECTS} times; give the address where it ends.`,
        );
      }
      const from = url;
      url = checkedUrl(target, options, from);
      // From https to http anybody on the way could have said so.
      forGood &&=
        [301, 308].includes(response.status) && (from.protocol === 'http:' || url.protocol === 'https:');
      if (forGood) movedTo = url.href;
      await response.body?.cancel();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw failureOf(error, shown(url.href), timeout.aborted ? within : undefined);
  } finally {
    agent.destroy().catch(() => {});
  }
}

/** An agent that looks up and connects to addresses that may be fetched from, and to no others. */
function guardedAgent(
  { config, lookup = systemLookup as LookupFunction }: FetchOptions,
  within: number,
): Agent {
  const guarded = config.fetchPrivate ? lookup : publicLookup(lookup);
  const connect = buildConnector({ timeout: Math.min(10_000, within), lookup: guarded, allowH2: false });
  return new Agent({
    headersTimeout: within,
    bodyTimeout: within,
    connect: (target, done) =>
      connect(target, (error, socket) => {
        // The types promise null; undici leaves the socket out.
        if (!socket) return done(error ?? new Error('no connection'), null);
        // The last word: whatever was looked up, this is who is at the other end.
        const address = socket.remoteAddress ?? '';
        if (config.fetchPrivate || isPublicAddress(address)) return done(null, socket);
        socket.destroy();
        done(privateFailure(target.hostname, address), null);
      }),
  });
}

/** `lookup` without the private addresses of a name, so that not even a greeting is sent there. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, done) =>
    lookup(hostname, { ...options, all: true }, (error, answer) => {
      if (error) return done(error, []);
      const all =
        typeof answer === 'string' ? [{ address: answer, family: answer.includes(':') ? 6 : 4 }] : answer;
      const open = all.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) return done(privateFailure(hostname, all[0]?.address ?? 'nowhere'), []);
      if (options.all === true) done(null, open);
      else done(null, first.address, first.family);
    });
}

function checkedUrl(address: string, { config }: FetchOptions, from?: URL): URL {
  const url = URL.parse(address, from?.href);
  const named =
    from === undefined ? shown(address) : `${shown(from.href)} redirects to ${shown(address)}, which`;
  if (url === null) throw new FetchFailure(`${named} is not a web address; expected https://…`);
  if (!/^https?:$/.test(url.protocol)) {
    throw new FetchFailure(`${named} is not http or https: only those are fetched.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new FetchFailure(`${named} holds a user name or password: give an address without them.`);
  }
  // URL has made 0x7f.1 and 2130706433 into 127.0.0.1; an address in the place of a name is never looked up.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const isLiteral = url.hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(literal);
  if (isLiteral && !config.fetchPrivate && !isPublicAddress(literal))
    throw privateFailure(url.hostname, literal, from);
  return url;
}

function privateFailure(host: string, address: string, from?: URL): FetchFailure {
  const what = host.replace(/^\[|\]$/g, '') === address ? `${address} is` : `${host} leads to ${address},`;
  const how = from === undefined ? '' : `${shown(from.href)} redirects to it: `;
  return new FetchFailure(
    `${how}${what} a private address, and only public ones are fetched. If it is your own server, set FETCH_PRIVATE=on.`,
  );
}

function requestHeaders({ config, etag, lastModified, accept }: FetchOptions): Record<string, string> {
  return {
    'user-agent': `Broadsheet/${packageFile.version} (news digest; +${config.publicUrl})`,
    accept:
      accept ??
      'application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5',
    'accept-encoding': 'gzip, deflate, br',
    ...(etag ? { 'if-none-match': etag } : {}),
    ...(lastModified ? { 'if-modified-since': lastModified } : {}),
  };
}

type Answer = Awaited<ReturnType<typeof fetch>>;

function redirectTarget(response: Answer, url: URL): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const target = response.headers.get('location');
  if (target === null)
    throw new FetchFailure(`${shown(url.href)} redirects (${response.status}) without saying where.`);
  return target;
}

async function readAnswer(
  response: Answer,
  url: URL,
  options: FetchOptions,
): Promise<Omit<FetchedDocument, 'movedTo'>> {
  const asked = Boolean(options.etag || options.lastModified);
  const about = {
    url: url.href,
    contentType: response.headers.get('content-type'),
    etag: response.headers.get('etag') ?? (response.status === 304 ? (options.etag ?? null) : null),
    lastModified:
      response.headers.get('last-modified') ??
      (response.status === 304 ? (options.lastModified ?? null) : null),
    date: response.headers.get('date'),
  };
  if (response.status === 304 && asked) return { ...about, status: 'unchanged', bytes: new Uint8Array() };
  if (response.status !== 200)
    throw statusFailure(response.status, shown(url.href), response.headers.get('retry-after'));
  return {
    ...about,
    status: 'fetched',
    bytes: await readBody(response, url, options.mostBytes ?? MOST_BYTES),
  };
}

/** Counts what is unpacked, not what is sent: a small answer may unpack to any size. */
async function readBody(response: Answer, url: URL, most: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new FetchFailure(
      `${shown(url.href)} is larger than ${Math.round(most / 1024 / 1024)} MB, more than a feed or a page has; nothing of it was taken.`,
    );
  if (Number(response.headers.get('content-length') ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > most) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

function shown(url: string): string {
  return maskUrl(url).slice(0, 200);
}
