import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from '../context.ts';
import { judge } from './judge.ts';
import { NAMELESS, tokensIn } from './names.ts';
import type { Feedback, Report } from './read-report.ts';
import { type BounceReason, severityOf } from './reasons.ts';

/** A request as it came; the body's bytes are what is signed. */
export interface WebhookRequest {
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Fetches a small text of a public https address. @throws when it cannot. */
export type FetchText = (url: string) => Promise<string>;

/** 401: no signature; 403: a wrong one; 400: not to be read; 503: it could not be proved now. */
export type WebhookRefusal = 400 | 401 | 403 | 503;

/** A service that sends our mail and reports what became of it: a file of `webhooks/`. */
export interface WebhookProvider {
  isSetUp: (context: Pick<Context, 'config' | 'secrets'>) => boolean;
  /** Proves that the request is theirs before it reads anything of it. Never throws. */
  read: (
    request: WebhookRequest,
    context: Pick<Context, 'config' | 'secrets' | 'now'>,
    fetchText: FetchText,
  ) => Promise<Feedback[] | WebhookRefusal>;
}

/** One header, or empty. */
export function headerOf({ headers }: WebhookRequest, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Compares what a stranger sent with a secret, in a time that tells nothing of it. */
export function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/** The body as JSON; undefined: it is none. */
export function jsonOf({ body }: WebhookRequest): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** What a provider says of one message. */
export interface ProviderEvent {
  report: Report;
  /** Wherever a Message-ID or return path of ours may stand. */
  texts: (string | null | undefined)[];
  recipient: string;
  /** ms UTC: when it happened. */
  at: number;
}

/** As feedback: by our token, else by the address, which the signature vouches for. */
export function feedbackOf({ report, texts, recipient, at }: ProviderEvent): Feedback {
  const tokens = tokensIn(texts.join(' '));
  return { report, names: { ...NAMELESS, tokens, recipient: { address: recipient, before: at } } };
}

/**
 * A bounce in a provider's words: what the receiving server said decides; where that is not known, what the provider
 * makes of it.
 */
export function bounceOf(
  {
    recipient,
    status = null,
    said,
    final = true,
  }: { recipient: string; status?: string | null; said: string; final?: boolean },
  otherwise: BounceReason,
): Report {
  const byWords = judge({ recipient, status, said, servers: '', afterData: false });
  const reason = byWords === 'unclear' ? otherwise : byWords;
  return {
    kind: 'bounce',
    severity: severityOf(reason),
    reason,
    final,
    recipient,
    status,
    said: said.slice(0, 500),
  };
}
