import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import type { Report } from '../read-report.ts';
import { bounceOf, feedbackOf, headerOf, jsonOf, type WebhookProvider } from '../webhook-provider.ts';

const eventsShape = z.array(
  z.object({
    event: z.string(),
    email: z.string().default(''),
    type: z.string().optional(),
    reason: z.string().nullish(),
    status: z.string().nullish(),
    timestamp: z.number().default(0),
    'smtp-id': z.string().nullish(),
  }),
);

/** SendGrid: ECDSA (P-256) over the timestamp and the body; their `smtp-id` is our Message-ID. */
export const sendgrid: WebhookProvider = {
  isSetUp: ({ secrets }) => secrets.webhooks.sendgrid !== null,
  read: async (request, { secrets }) => {
    const signature = headerOf(request, 'x-twilio-email-event-webhook-signature');
    const timestamp = headerOf(request, 'x-twilio-email-event-webhook-timestamp');
    if (signature === '' || timestamp === '') return 401;
    const key = publicKey(secrets.webhooks.sendgrid ?? '');
    const signed = Buffer.concat([Buffer.from(timestamp), request.body]);
    if (key === null || !verify('sha256', signed, key, Buffer.from(signature, 'base64'))) return 403;
    const parsed = eventsShape.safeParse(jsonOf(request));
    if (!parsed.success) return 400;
    return parsed.data.flatMap((event) => {
      const report = reportOf(event);
      if (report === null) return [];
      return feedbackOf({
        report,
        texts: [event['smtp-id']],
        recipient: event.email,
        at: event.timestamp * 1000,
      });
    });
  },
};

function reportOf({
  event,
  email,
  type,
  reason,
  status,
}: z.output<typeof eventsShape>[number]): Report | null {
  const said = reason ?? '';
  switch (event) {
    case 'bounce':
      // `blocked`: they were refused, not the reader.
      return type === 'blocked'
        ? bounceOf({ recipient: email, said: '' }, 'policy')
        : bounceOf({ recipient: email, status: status || null, said }, 'unclear');
    case 'deferred':
      return bounceOf({ recipient: email, said, final: false }, 'unclear');
    case 'dropped':
      if (/spam report/i.test(said)) return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
      if (/unsubscribed/i.test(said)) return { kind: 'leave' };
      return bounceOf({ recipient: email, said: '' }, 'refused by the reader');
    case 'spamreport':
      return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
    case 'unsubscribe':
    case 'group_unsubscribe':
      return { kind: 'leave' };
    case 'delivered':
      return { kind: 'arrived' };
    default:
      return null;
  }
}

function publicKey(base64: string): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
