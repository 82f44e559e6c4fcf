import { z } from 'zod';
import type { Report } from '../read-report.ts';
import type { BounceReason } from '../reasons.ts';
import { bounceOf, feedbackOf, headerOf, isSame, jsonOf, type WebhookProvider } from '../webhook-provider.ts';

const recordShape = z.object({
  RecordType: z.string(),
  Type: z.string().default(''),
  Email: z.string().optional(),
  Recipient: z.string().optional(),
  Details: z.string().nullish(),
  Description: z.string().nullish(),
  /** The report itself, where the webhook is told to bring it. */
  Content: z.string().nullish(),
  BouncedAt: z.string().optional(),
  ChangedAt: z.string().optional(),
  SuppressSending: z.boolean().optional(),
  Origin: z.string().optional(),
});

/** Postmark signs nothing: the address it was given holds user and password (HTTP basic). */
export const postmark: WebhookProvider = {
  isSetUp: ({ secrets }) => secrets.webhooks.postmark !== null,
  read: async (request, { secrets, now }) => {
    const given = /^basic ([A-Za-z0-9+/=]+)$/i.exec(headerOf(request, 'authorization'))?.[1];
    if (given === undefined) return 401;
    if (!isSame(Buffer.from(given, 'base64').toString(), secrets.webhooks.postmark ?? '')) return 403;
    const parsed = recordShape.safeParse(jsonOf(request));
    if (!parsed.success) return 400;
    const record = parsed.data;
    const report = reportOf(record);
    if (report === null) return [];
    const at = Date.parse(record.BouncedAt ?? record.ChangedAt ?? '');
    return [
      feedbackOf({
        report,
        texts: [record.Content, record.Details],
        recipient: record.Email ?? record.Recipient ?? '',
        at: Number.isNaN(at) ? now().epochMilliseconds : at,
      }),
    ];
  },
};

/** Their types of bounces, where the server's words tell nothing. */
const REASONS: Record<string, BounceReason> = {
  HardBounce: 'unknown user',
  BadEmailAddress: 'unknown user',
  DnsError: 'network',
  SpamNotification: 'spam',
  VirusNotification: 'virus',
  Blocked: 'reputation',
  DMARCPolicy: 'authentication',
};

function reportOf(record: z.output<typeof recordShape>): Report | null {
  const { RecordType, Type, Email = '', Details, Description } = record;
  if (RecordType === 'SpamComplaint') return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
  if (RecordType === 'SubscriptionChange')
    return record.SuppressSending === true && record.Origin === 'Recipient' ? { kind: 'leave' } : null;
  if (RecordType !== 'Bounce') return null;
  switch (Type) {
    case 'SpamComplaint':
      return { kind: 'complaint', type: 'abuse', feedbackType: 'abuse' };
    case 'Unsubscribe':
      return { kind: 'leave' };
    case 'AutoResponder':
    case 'AddressChange':
    case 'ChallengeVerification':
      return { kind: 'auto-reply' };
    // Resubscribed, tested, deactivated by hand: nothing came back.
    case 'Subscribe':
    case 'OpenRelayTest':
    case 'ManuallyDeactivated':
      return null;
    default:
      return bounceOf(
        { recipient: Email, said: Details || Description || Type, final: Type !== 'Transient' },
        REASONS[Type] ?? 'unclear',
      );
  }
}
