import { z } from 'zod';
import { judge } from './judge.ts';
import { NAMELESS, tokensIn } from './names.ts';
import type { Feedback, Report } from './read-report.ts';
import { severityOf } from './reasons.ts';

/** What Amazon SES says of a message, as it stands in SNS notifications (and in the mails that SNS sends). */
const notificationShape = z.object({
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  mail: z.object({
    /** The envelope sender: our VERP address. */
    source: z.string().default(''),
    messageId: z.string().default(''),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  }),
  bounce: z
    .object({
      bounceType: z.string(),
      bounceSubType: z.string().default(''),
      bouncedRecipients: z
        .array(
          z.object({
            emailAddress: z.string(),
            action: z.string().optional(),
            status: z.string().optional(),
            diagnosticCode: z.string().optional(),
          }),
        )
        .default([]),
    })
    .optional(),
  complaint: z.object({ complaintFeedbackType: z.string().nullish() }).optional(),
  deliveryDelay: z
    .object({
      delayType: z.string().default(''),
      delayedRecipients: z.array(z.object({ emailAddress: z.string() })).default([]),
    })
    .optional(),
});

/** Reads one; null: it is none. */
export function readSesNotification(body: unknown): Feedback | null {
  const parsed = notificationShape.safeParse(body);
  if (!parsed.success) return null;
  const { mail } = parsed.data;
  const report = reportOf(parsed.data);
  if (report === null) return null;
  const fields = mail.headers.map(({ value }) => value).join(' ');
  return {
    report,
    names: { ...NAMELESS, tokens: tokensIn(`${mail.source} ${fields}`), sesId: mail.messageId || null },
  };
}

/** A mail whose text is a notification, in its envelope of SNS or without. */
export function readSesMail(text: string): Feedback | null {
  if (!/^\s*\{/.test(text) || !/"(notificationType|eventType)|\\"notificationType/.test(text)) return null;
  // Old servers cut long lines with "!" and a blank.
  const body = parse(
    text
      .slice(0, text.lastIndexOf('}') + 1)
      .replace(/!\r?\n /g, '')
      .replace(/\r?\n/g, ''),
  );
  const inner = (body as { Message?: unknown } | null)?.Message;
  return readSesNotification(typeof inner === 'string' ? parse(inner) : body);
}

function reportOf({
  notificationType,
  eventType,
  bounce,
  complaint,
  deliveryDelay,
}: z.output<typeof notificationShape>): Report | null {
  const type = (notificationType ?? eventType ?? '').toLowerCase();
  if (bounce !== undefined) return bounceOf(bounce);
  if (complaint !== undefined) {
    const feedbackType = complaint.complaintFeedbackType ?? 'abuse';
    return { kind: 'complaint', feedbackType, type: feedbackType === 'not-spam' ? 'none' : 'abuse' };
  }
  if (deliveryDelay !== undefined) {
    const recipient = deliveryDelay.delayedRecipients[0]?.emailAddress ?? '';
    return {
      kind: 'bounce',
      severity: 'soft',
      reason: 'not reached in time',
      final: false,
      recipient,
      status: null,
      said: deliveryDelay.delayType,
    };
  }
  return type === 'delivery' || type === 'send' ? { kind: 'arrived' } : null;
}

/** SES calls permanent what it will not try again: only the words, or its own "NoEmail", say that nobody lives there. */
function bounceOf({
  bounceType,
  bounceSubType,
  bouncedRecipients,
}: NonNullable<z.output<typeof notificationShape>['bounce']>): Report {
  const [recipient] = bouncedRecipients;
  const said = (recipient?.diagnosticCode ?? '').replace(/^[a-z-]+\s*;\s*/i, '');
  const status = recipient?.status ?? null;
  const failure = { recipient: recipient?.emailAddress ?? '', status, said, servers: '', afterData: false };
  const byWords = said === '' && status === null ? 'unclear' : judge(failure);
  // Their list of addresses that bounced for anybody: it may be wrong about this one, and they try again.
  const suppressed = /^(Suppressed|OnAccountSuppressionList)$/.test(bounceSubType);
  const permanent =
    bounceType === 'Permanent' &&
    (bounceSubType === 'NoEmail' || bounceSubType === 'OnAccountSuppressionList');
  const reason =
    byWords === 'unclear'
      ? permanent
        ? 'unknown user'
        : suppressed
          ? 'refused by the reader'
          : 'unclear'
      : byWords;
  return {
    kind: 'bounce',
    severity: severityOf(reason),
    reason,
    final: recipient?.action !== 'delayed',
    recipient: failure.recipient,
    status,
    said: said || `${bounceType} ${bounceSubType}`,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
