import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Report } from '../read-report.ts';
import { bounceOf, feedbackOf, isSame, jsonOf, type WebhookProvider } from '../webhook-provider.ts';

const bodyShape = z.object({
  signature: z.object({ timestamp: z.string(), token: z.string(), signature: z.string() }),
  'event-data': z.object({
    event: z.string(),
    severity: z.string().optional(),
    reason: z.string().optional(),
    recipient: z.string().default(''),
    timestamp: z.number(),
    message: z.object({ headers: z.object({ 'message-id': z.string().optional() }).optional() }).optional(),
    'delivery-status': z
      .object({
        code: z.union([z.number(), z.string()]).nullish(),
        'enhanced-code': z.string().nullish(),
        message: z.string().nullish(),
        description: z.string().nullish(),
      })
      .optional(),
  }),
});

/** They try for eight hours; what is older was kept by somebody. */
const GOOD_FOR = 24 * 3_600_000;

/** Mailgun: HMAC-SHA256 over timestamp and token; the Message-ID is ours. */
export const mailgun: WebhookProvider = {
  isSetUp: ({ secrets }) => secrets.webhooks.mailgun !== null,
  read: async (request, { secrets, now }) => {
    const parsed = bodyShape.safeParse(jsonOf(request));
    // Without a signature, or not Mailgun's form at all.
    if (!parsed.success) return 401;
    const { signature, 'event-data': event } = parsed.data;
    const expected = createHmac('sha256', secrets.webhooks.mailgun ?? '')
      .update(signature.timestamp + signature.token)
      .digest('hex');
    if (!isSame(signature.signature, expected)) return 403;
    if (Math.abs(now().epochMilliseconds - Number(signature.timestamp) * 1000) > GOOD_FOR) return 403;
    const report = reportOf(event);
    if (report === null) return [];
    const messageId = event.message?.headers?.['message-id'];
    return [
      feedbackOf({
        report,
        texts: [messageId],
        recipient: event.recipient,
        at: Math.round(event.timestamp * 1000),
      }),
    ];
  },
};

function reportOf(event: z.output<typeof bodyShape>['event-data']): Report | null {
  switch (event.event) {
    case 'complained':
      return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
    case 'unsubscribed':
      return { kind: 'leave' };
    case 'delivered':
      return { kind: 'arrived' };
    case 'failed': {
      const status = event['delivery-status'];
      const words = status?.message || status?.description || event.reason || '';
      // Their own list of whom they do not write to: it is not the mailbox that speaks.
      const listed = /^suppress-/.test(event.reason ?? '');
      return bounceOf(
        {
          recipient: event.recipient,
          status: status?.['enhanced-code'] || null,
          said: listed ? '' : `${status?.code ?? ''} ${words}`.trim(),
          final: event.severity !== 'temporary',
        },
        listed ? 'refused by the reader' : 'unclear',
      );
    }
    default:
      return null;
  }
}
