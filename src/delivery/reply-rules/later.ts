import type { ReplyRule } from '../reply-rules.ts';
import { SENT, SOFT, TRY_LATER } from './meanings.ts';

/** What was taken, and what asks us to come again (4xx, RFC 5321 §4.2.1). */
export const LATER: ReplyRule[] = [
  { why: 'taken', code: /^2/, means: SENT, sample: '250 2.0.0 Ok: queued as 4Bx9Q' },
  {
    why: 'the relay no longer writes to this address',
    // Postmark numbers it as if it were for now.
    code: /^[45]/,
    text: /\b(have been |been )?marked as inactive\b|\binactive recipients? (are|is)\b|\brecipient address suppressed\b|\bon the suppression list\b|\bhas suppressed sending to this address\b/i,
    means: SOFT,
    sample:
      '406 You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: reader@example.org.',
  },
  {
    why: 'greylisted',
    code: /^4/,
    text: /\bgr[ae]y[- ]?list/i,
    means: TRY_LATER,
    sample: '450 4.2.0 <reader@example.org>: Recipient address rejected: Greylisted, see you in five minutes',
  },
  {
    why: 'mailbox full',
    code: /^4/,
    enhanced: /^4\.2\.2$/,
    means: TRY_LATER,
    sample: '452 4.2.2 The recipient’s inbox is out of storage space.',
  },
  {
    why: 'the mailbox takes no more for now',
    code: /^4/,
    enhanced: /^4\.2\.1$/,
    means: TRY_LATER,
    sample: '450 4.2.1 The user you are trying to contact is receiving mail too quickly.',
  },
  {
    why: 'slowed down',
    code: /^4/,
    enhanced: /^4\.7\./,
    means: TRY_LATER,
    sample: '451 4.7.28 Our system has detected an unusual rate of mail from your address.',
  },
  {
    why: 'their server does not answer',
    code: /^4/,
    enhanced: /^4\.4\./,
    means: TRY_LATER,
    sample: '451 4.4.1 Connection to the destination server timed out',
  },
  {
    why: 'the mailbox is not known for now',
    code: /^4/,
    enhanced: /^4\.1\./,
    means: TRY_LATER,
    sample: '450 4.1.1 <reader@example.org>: Recipient address rejected: unverified address',
  },
  {
    why: 'asked to come later',
    code: /^4/,
    means: TRY_LATER,
    sample: '451 Requested action aborted: local error',
  },
];
