import { STATUS_CODES } from 'node:http';
import { RefusedError } from '../refused-error.ts';

/** Why a document could not be fetched, as a sentence for the operator. */
export class FetchFailure extends RefusedError {
  override name = 'FetchFailure';
  /** `Retry-After` as the server wrote it: seconds or a date (RFC 9110 section 10.2.3). */
  readonly retryAfter: string | null;
  /** It was taken down for good, says the server (410): nobody need ask again. */
  readonly gone: boolean;

  constructor(message: string, options: ErrorOptions & { retryAfter?: string | null; gone?: boolean } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter ?? null;
    this.gone = options.gone ?? false;
  }
}

/** What an HTTP status other than 200 means to who reads this source. */
export function statusFailure(status: number, url: string, retryAfter: string | null): FetchFailure {
  const said = `${url} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  return new FetchFailure(`${said}${adviceOn(status)}`, { retryAfter, gone: status === 410 });
}

/**
 * The failure that `error`, thrown while `url` was fetched, means.
 * @param timedOutAfter ms, when our own limit of time ended it.
 */
export function failureOf(error: unknown, url: string, timedOutAfter: number | undefined): FetchFailure {
  const causes = causesOf(error);
  const refused = causes.find((cause) => cause instanceof FetchFailure);
  if (refused !== undefined) return refused;
  const code =
    causes.map((cause) => (cause as { code?: unknown }).code).find((each) => typeof each === 'string') ?? '';
  const host = URL.parse(url)?.host ?? url;
  if (timedOutAfter !== undefined || /TIMEDOUT|TIMEOUT/.test(String(code))) {
    const limit = timedOutAfter === undefined ? '' : ` within ${Math.ceil(timedOutAfter / 1000)} s`;
    return new FetchFailure(`${url} did not answer in full${limit}: the server is slow or out of reach.`, {
      cause: error,
    });
  }
  const reason =
    reasons.find(([codes]) => codes.test(String(code)))?.[1] ??
    `could not be fetched (${code || causes.at(-1)?.message || 'unknown fault'}).`;
  return new FetchFailure(`${url}: ${reason.replaceAll('HOST', host)}`, { cause: error });
}

const reasons: [RegExp, string][] = [
  [/ENOTFOUND/, 'there is no host of the name HOST. Check the address, or the DNS of this machine.'],
  [/EAI_AGAIN/, 'the name HOST could not be looked up now: DNS does not answer.'],
  [/ECONNREFUSED/, 'HOST refused the connection: nothing answers at that port.'],
  [/ECONNRESET|UND_ERR_SOCKET|EPIPE/, 'HOST broke the connection off.'],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, 'there is no way to HOST from this machine.'],
  [/CERT_HAS_EXPIRED/, 'the certificate of HOST has expired; its operator must renew it.'],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, 'the certificate of HOST is for another name.'],
  [/CERT|SELF_SIGNED|UNABLE_TO|ISSUER/, 'the certificate of HOST is not trusted by this machine.'],
  [/SSL|TLS|EPROTO/, 'HOST does not speak TLS that we understand.'],
  [/Z_|ERR__|BROTLI/, 'HOST sent a packed answer that cannot be unpacked.'],
  [/HPE_|UND_ERR_HEADERS_OVERFLOW/, 'HOST does not answer in HTTP that we understand.'],
];

function adviceOn(status: number): string {
  if (status === 401 || status === 403 || status === 451)
    return ': it is not open to us. Ask its publisher, or check the address.';
  if (status === 404) return ': there is nothing at this address. Look for its new one.';
  if (status === 410) return ': it was taken down for good. If it has a new address, add that.';
  if (status === 429) return ': it is asked too often, and wants us to wait.';
  if (status >= 500) return ': its server is in trouble.';
  return ': expected 200 OK.';
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 8; cause = cause.cause) {
    causes.push(cause);
    if (cause instanceof AggregateError) causes.push(...cause.errors.filter((each) => each instanceof Error));
  }
  return causes;
}
