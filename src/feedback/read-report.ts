import type { ReplyRule } from '../delivery/reply-rules.ts';
import { type AutoReply, isAutoReply } from './auto-reply.ts';
import { type Complaint, readComplaint } from './complaint.ts';
import { type MailParts, takeApart } from './mail-parts.ts';
import { type DeliveryNames, namesIn } from './names.ts';
import { type Arrived, type Bounce, readBounce } from './read-bounce.ts';
import { readSesMail } from './ses-notification.ts';
import { asksToLeave } from './stop-words.ts';

/** A mail of a reader's who wants no more of this newsletter. */
interface Leave {
  kind: 'leave';
}

/** Nothing that we know what to do with: a person may want to read it. */
interface Other {
  kind: 'other';
}

export type Report = Bounce | Arrived | Complaint | AutoReply | Leave | Other;

/** What came back, and what tells to which delivery. */
export interface Feedback {
  report: Report;
  names: DeliveryNames;
}

/** For a mail that is shown to a person. */
export interface MailFeedback extends Feedback {
  from: string;
  subject: string;
  text: string;
}

/**
 * Reads a mail that came to one of our addresses: bounce (RFC 3464, RFC 6533, or in words), complaint (RFC 5965),
 * automatic reply (RFC 3834), somebody who wants to leave, or none of these. Pure but for the time it takes; never
 * throws, whatever the bytes.
 * @param raw the whole message.
 * @param options envelope: to whom it was handed in; bounceDomain: whose tokens count; ownRules: the operator's of replies.
 */
export async function readReport(
  raw: Uint8Array,
  {
    envelope = [],
    bounceDomain = null,
    ownRules = [],
  }: { envelope?: string[]; bounceDomain?: string | null; ownRules?: readonly ReplyRule[] } = {},
): Promise<MailFeedback> {
  const parts = await takeApart(raw);
  const names = namesIn(parts, envelope, bounceDomain);
  const about = { from: parts.from, subject: parts.subject, text: parts.text };
  const notification = readSesMail(parts.text);
  if (notification !== null) return { ...about, ...notification };
  return { ...about, names, report: await reportOf(parts, names, ownRules) };
}

async function reportOf(
  parts: MailParts,
  names: DeliveryNames,
  ownRules: readonly ReplyRule[],
): Promise<Report> {
  // Whoever writes there wants to leave, whatever the text.
  if (names.leaving.length > 0) return { kind: 'leave' };
  const complaint = readComplaint(parts);
  if (complaint !== null) return complaint;
  if (parts.status.length === 0 && isAutoReply(parts)) return { kind: 'auto-reply' };
  if (asksToLeave(parts)) return { kind: 'leave' };
  return (await forwarded(parts, ownRules)) ?? readBounce(parts, ownRules) ?? { kind: 'other' };
}

/** A gateway that sends a whole report on, as the message below one of its own. */
async function forwarded(parts: MailParts, ownRules: readonly ReplyRule[]): Promise<Bounce | Arrived | null> {
  if (parts.status.length > 0 || !/^content-type:\s*multipart\/report/im.test(parts.returned)) return null;
  const inner = await takeApart(Buffer.from(parts.returned));
  return inner.status.length > 0 ? readBounce(inner, ownRules) : null;
}
