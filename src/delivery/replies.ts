import type { SendOutcome } from './relay.ts';

/** What was being said when the reply came: who is meant depends on it. */
export type Stage =
  /** Greeting, EHLO, STARTTLS, AUTH: about the relay and us. */
  | 'session'
  /** MAIL FROM: about us and the message's size. */
  | 'sender'
  /** RCPT TO, DATA and the final dot: about the recipient. */
  | 'recipient';

export interface ReplyRule {
  /** Matched against the three-digit code. */
  code: RegExp;
  /** Matched against the enhanced code of RFC 3463; a reply without one does not match. */
  enhanced?: RegExp;
  /** Matched against the whole reply. */
  text?: RegExp;
  stage?: Stage;
  means: Meaning;
  /** A reply as a server sends it, which this rule decides. */
  sample: string;
}

type Meaning =
  | { kind: 'sent' | 'later' }
  | { kind: 'refused'; reason: 'gone' | 'soft' | 'policy' }
  | { kind: 'relay'; trouble: 'rest' | 'stop' };

const REST: Meaning = { kind: 'relay', trouble: 'rest' };
const STOP: Meaning = { kind: 'relay', trouble: 'stop' };
const GONE: Meaning = { kind: 'refused', reason: 'gone' };
const SOFT: Meaning = { kind: 'refused', reason: 'soft' };
const POLICY: Meaning = { kind: 'refused', reason: 'policy' };

/**
 * The first rule that fits decides. Where the codes disagree, the three-digit code decides whether to try again
 * and the enhanced code what we think of the address (RFC 5321 §4.2, RFC 2034); an unknown code counts by its
 * first digit. Each sample is a test.
 */
export const REPLY_RULES: ReplyRule[] = [
  // Us and the relay.
  { code: /^421/, means: REST, sample: '421 4.3.2 Service shutting down and closing transmission channel' },
  {
    code: /^4/,
    text: /throttl|sending rate|too many connections|maximum sending/i,
    means: REST,
    sample: '454 Throttling failure: Maximum sending rate exceeded.',
  },
  { code: /^(530|534|535|538)/, means: STOP, sample: '535 5.7.8 Authentication credentials invalid' },
  { code: /^4/, stage: 'session', means: REST, sample: '454 4.7.0 Temporary authentication failure' },
  { code: /^5/, stage: 'session', means: STOP, sample: '554 5.7.1 No SMTP service here' },
  {
    code: /^5/,
    enhanced: /^5\.(2\.3|3\.4)$/,
    means: STOP,
    sample: '552 5.3.4 Message size exceeds fixed limit',
  },
  { code: /^4/, stage: 'sender', means: REST, sample: '452 4.3.1 Insufficient system storage' },
  {
    code: /^5/,
    stage: 'sender',
    means: STOP,
    sample: '553 5.1.8 Sender address rejected: not owned by user',
  },
  // The recipient.
  { code: /^2/, means: { kind: 'sent' }, sample: '250 2.0.0 Ok: queued as 4Bx9Q' },
  { code: /^4/, means: { kind: 'later' }, sample: '450 4.2.0 Greylisted, see you in five minutes' },
  {
    code: /^5/,
    enhanced: /^5\.(1\.(1|3|6|10)|2\.1|6\.7)$/,
    means: GONE,
    sample: '550 5.1.1 The email account that you tried to reach does not exist',
  },
  {
    code: /^5/,
    enhanced: /^5\.7\.1$/,
    text: /recipient has (blocked|rejected)|does not accept mail from|blocked by (the )?recipient/i,
    means: SOFT,
    sample: '550 5.7.1 The recipient has blocked mail from this sender',
  },
  {
    code: /^5/,
    enhanced: /^5\.7\./,
    means: POLICY,
    sample: '550 5.7.515 Access denied, sending domain does not meet the required authentication level',
  },
  { code: /^5/, enhanced: /^5\.2\.2$/, means: SOFT, sample: '552 5.2.2 Mailbox is over quota' },
  {
    code: /^5/,
    enhanced: /^5\.(?!0\.0)/,
    means: SOFT,
    sample: '550 5.4.4 Unable to route: no such host',
  },
  // Without an enhanced code, or with the empty one, only words that were seen to mean just this.
  {
    code: /^55[0134]/,
    text: /\b(user unknown|unknown user|no such (user|mailbox|recipient)|(user|recipient|mailbox|account) (was )?not found|(user|recipient|mailbox|account|address) does(n't| not) exist)\b/i,
    means: GONE,
    sample: '550 No such user here',
  },
  {
    code: /^5/,
    text: /spam|blacklist|blocklist|block list|poor reputation|rbl|dmarc|spf/i,
    means: POLICY,
    sample: '554 Rejected: listed on a blocklist',
  },
  { code: /^5/, means: SOFT, sample: '554 Transaction failed' },
];

/**
 * What a relay's reply means.
 * @param reply all its lines, as they came.
 * @returns null for something that is no SMTP reply: then nobody can tell.
 */
export function readReply(reply: string, stage: Stage): SendOutcome | null {
  const response = tidy(reply);
  const code = /^[2-5]\d\d(?=[ -]|$)/.exec(response)?.[0];
  if (code === undefined) return null;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  for (const rule of REPLY_RULES) {
    if (!rule.code.test(code)) continue;
    if (rule.stage !== undefined && rule.stage !== stage) continue;
    if (rule.enhanced !== undefined && !(enhanced !== undefined && rule.enhanced.test(enhanced))) continue;
    if (rule.text !== undefined && !rule.text.test(response)) continue;
    return { ...rule.means, response };
  }
  // 3xx where an answer was due.
  return null;
}

/** One line, of bounded length, without control characters: it is stored and shown. */
export function tidy(reply: string): string {
  return reply
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500);
}
