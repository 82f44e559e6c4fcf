import { z } from 'zod';
import type { Report } from '../read-report.ts';
import { bounceOf, feedbackOf, headerOf, isSame, jsonOf, type WebhookProvider } from '../webhook-provider.ts';

const eventShape = z.object({
  event: z.string(),
  email: z.string().default(''),
  reason: z.string().nullish(),
  'message-id': z.string().nullish(),
  /** Seconds. */
  ts_event: z.number().optional(),
});

/** Brevo sends the token that it was given (`Authorization: Bearer`); the Message-ID is ours. */
export const brevo: WebhookProvider = {
  isSetUp: ({ secrets }) => secrets.webhooks.brevo !== null,
  read: async (request, { secrets, now }) => {
    const given = /^bearer (\S+)$/i.exec(headerOf(request, 'authorization'))?.[1];
    if (given === undefined) return 401;
    if (!isSame(given, secrets.webhooks.brevo ?? '')) return 403;
    const body = jsonOf(request);
    const parsed = z.array(eventShape).safeParse(Array.isArray(body) ? body : [body]);
    if (!parsed.success) return 400;
    return parsed.data.flatMap((event) => {
      const report = reportOf(event);
      if (report === null) return [];
      const at = event.ts_event === undefined ? now().epochMilliseconds : event.ts_event * 1000;
      return feedbackOf({ report, texts: [event['message-id']], recipient: event.email, at });
    });
  },
};

function reportOf({ event, email, reason }: z.output<typeof eventShape>): Report | null {
  const said = reason ?? '';
  switch (event) {
    case 'hard_bounce':
      return bounceOf({ recipient: email, said }, 'unknown user');
    case 'invalid_email':
      return bounceOf({ recipient: email, said: '' }, 'unknown user');
    case 'soft_bounce':
    case 'error':
      return bounceOf({ recipient: email, said }, 'unclear');
    case 'deferred':
      return bounceOf({ recipient: email, said, final: false }, 'unclear');
    case 'blocked':
      return bounceOf({ recipient: email, said: '' }, 'refused by the reader');
    case 'spam':
    case 'complaint':
      return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
    case 'unsubscribed':
    case 'unsubscribe':
      return { kind: 'leave' };
    case 'delivered':
      return { kind: 'arrived' };
    default:
      return null;
  }
}
