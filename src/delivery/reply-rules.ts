import { LATER } from './reply-rules/later.ts';
import { REFUSED } from './reply-rules/refused.ts';
import { RELAY_TROUBLE } from './reply-rules/relay-trouble.ts';

/** What was being said when the reply came: who is meant depends on it. */
export type Stage =
  /** Greeting, EHLO, STARTTLS, AUTH: about the relay and us. */
  | 'session'
  /** MAIL FROM: about us and the message's size. */
  | 'sender'
  /** RCPT TO, DATA and the final dot: about the recipient. */
  | 'recipient';

export const STAGES = ['session', 'sender', 'recipient'] as const satisfies Stage[];

/** A `SendOutcome` before it has its reply. */
export type Meaning =
  | { kind: 'sent' | 'later' }
  | { kind: 'refused'; reason: 'gone' | 'soft' | 'policy' }
  | { kind: 'relay'; trouble: 'rest' | 'stop' };

/** Fits a reply when everything that it names fits. */
export interface ReplyRule {
  /** In a few words, for people: `no such mailbox`. */
  why: string;
  /** Of the three-digit code. */
  code: RegExp;
  /** Of the enhanced code (RFC 3463); a reply without one does not fit. */
  enhanced?: RegExp;
  /** Of the words: all lines as one, without their codes, every address as `@`. */
  text?: RegExp;
  /** Words that say something else as well, with which it does not fit. */
  unless?: RegExp;
  stage?: Stage;
  means: Meaning;
  /** A reply as a server sends it, which this rule decides. */
  sample: string;
}

/**
 * The first rule that fits decides. Where the codes disagree, the three-digit code decides whether to try again
 * and the enhanced code what we think of the address (RFC 5321 §4.2, RFC 2034); what no rule knows goes by its
 * first digit. A wrong `gone` takes a reader away, a wrong `policy` stops an edition: where words say two things,
 * it is `soft`. Each sample is a test.
 */
export const REPLY_RULES: ReplyRule[] = [...RELAY_TROUBLE, ...LATER, ...REFUSED];

/** Enhanced codes for a domain that does not exist: often back the next day, so that only the second time counts. */
export const NO_SUCH_HOST = ['5.1.2', '5.4.4', '5.4.310'];
