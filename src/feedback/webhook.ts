import type { Context } from '../context.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import { recordFeedback } from './record.ts';
import type { FetchText, WebhookProvider, WebhookRequest } from './webhook-provider.ts';
import { amazonSes } from './webhooks/amazon-ses.ts';
import { brevo } from './webhooks/brevo.ts';
import { mailgun } from './webhooks/mailgun.ts';
import { postmark } from './webhooks/postmark.ts';
import { sendgrid } from './webhooks/sendgrid.ts';

/** Every service that reports by webhook, by the name in `/webhooks/NAME`. A new file of `webhooks/` is named here. */
export const WEBHOOK_PROVIDERS: Readonly<Record<string, WebhookProvider>> = {
  'amazon-ses': amazonSes,
  postmark,
  mailgun,
  sendgrid,
  brevo,
};

/**
 * Takes a report of a provider's: proves that it is theirs, then records what it says. The same report again changes
 * nothing.
 * @param fetchText fetches certificates and confirmations.
 * @returns the status to answer with: 404 where it is not set up, 401 or 403 where it is not theirs, 400 where it
 * cannot be read, 503 where it should come again.
 */
export async function receiveWebhook(
  context: Context,
  name: string,
  request: WebhookRequest,
  fetchText: FetchText,
): Promise<200 | 400 | 401 | 403 | 404 | 503> {
  const { log } = context;
  const provider = Object.hasOwn(WEBHOOK_PROVIDERS, name) ? WEBHOOK_PROVIDERS[name] : undefined;
  if (provider === undefined || !provider.isSetUp(context)) return 404;
  const read = await provider.read(request, context, fetchText);
  if (typeof read === 'number') {
    log.warn({ provider: name, status: read }, 'A report by webhook was refused');
    return read;
  }
  const counts: Record<string, number> = {};
  for (const feedback of read) {
    const recorded = await recordFeedback(context, feedback, 'webhook');
    counts[recorded] = (counts[recorded] ?? 0) + 1;
  }
  log.debug({ provider: name, ...counts }, 'Reports by webhook');
  return 200;
}

/**
 * Fetches what proves a report. Whoever wrote the address, nothing private is asked; a redirect would lead away from
 * the host that was checked. Certificates are remembered: their address changes with them.
 */
export function proofFetcher({ config }: Pick<Context, 'config'>): FetchText {
  const certificates = new Map<string, string>();
  return async (url) => {
    const known = certificates.get(url);
    if (known !== undefined) return known;
    const document = await guardedFetch(url, { config, within: 10_000, mostBytes: 100_000 });
    if (new URL(document.url).host !== new URL(url).host) throw new Error('it redirects to another host');
    const text = Buffer.from(document.bytes).toString();
    if (url.endsWith('.pem') && certificates.size < 20) certificates.set(url, text);
    return text;
  };
}
