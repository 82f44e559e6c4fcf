import { ruleFor as replyRuleFor } from '../delivery/replies.ts';
import type { Meaning, ReplyRule } from '../delivery/reply-rules.ts';
import { type BounceReason, type BounceRule, severityOf } from './reasons.ts';
import { BOUNCE_RULES } from './rules/index.ts';

/** What is known of one recipient whom a message did not reach. */
export interface Failure {
  /** Empty when nothing names it. */
  recipient: string;
  /** The enhanced code of the report's own field (RFC 3463); null: it has none. */
  status: string | null;
  /** What a server, or the reporting one, said. */
  said: string;
  /** Names of the servers, where the report tells. */
  servers: string;
  /** The message had been handed over when it was refused: the address itself had been taken. */
  afterData: boolean;
}

/** What the report says before and after the words of the code, on one line. */
const LONGEST_SAID = 3000;

/**
 * Why one recipient was not reached: by the operator's own rules of replies, by the words, else by the codes as `delivery/replies.ts` reads them.
 * A temporary code is never proof that an address is gone (RFC 3463 section 3.1).
 */
export function judge(failure: Failure, ownRules: readonly ReplyRule[] = []): BounceReason {
  const own = byOwnRules(failure, ownRules);
  if (own !== null) return own;
  const reason = ruleFor(failure)?.means ?? byCode(failure);
  return severityOf(reason) === 'hard' && statusOf(failure)?.startsWith('4.') ? temporary(reason) : reason;
}

/** The rule that decides, for tests and for `judge`; undefined: no words are known. */
export function ruleFor(failure: Failure): BounceRule | undefined {
  const said = oneLine(failure.said);
  const status = statusOf(failure) ?? '';
  const where = `${failure.recipient} ${failure.servers} ${failure.said}`;
  return BOUNCE_RULES.find(
    (rule) =>
      (rule.afterData === undefined || failure.afterData) &&
      (rule.status === undefined || rule.status.test(status)) &&
      (rule.where === undefined || rule.where.test(where)) &&
      (rule.says === undefined || rule.says.some((words) => words.test(said))) &&
      !(rule.unless?.test(said) ?? false),
  );
}

/** The code that the words carry, which knows more than the report around them, else the report's. */
function statusOf({ said, status }: Failure): string | null {
  const own = ENHANCED.exec(said)?.[1];
  if (own === undefined || /\.0\.0$/.test(own)) return status ?? own ?? null;
  return own;
}

const ENHANCED = /(?:^|[\s#(-])([245]\.\d{1,2}\.\d{1,3})(?![.\d])/;

function temporary(reason: BounceReason): BounceReason {
  return reason === 'unknown host' || reason === 'takes no mail' ? 'network' : 'unclear';
}

function byCode(failure: Failure): BounceReason {
  const status = statusOf(failure);
  const code = /(?:^|[\s:;(])([45]\d\d)(?=[ -])/.exec(failure.said)?.[1];
  if (status === null && code === undefined) return 'unclear';
  if (status === '5.1.2') return 'unknown host';
  if (status === '5.1.6') return 'moved';
  if (status === '5.1.10' || status === '5.1.1') return 'unknown user';
  const rule = replyRuleFor(`${code ?? `${status?.[0]}50`} ${status ?? ''} `, 'recipient');
  return rule === null ? 'unclear' : reasonOf(rule.means);
}

/** What the operator has said of a reply holds for one that comes later too. */
function byOwnRules({ said }: Failure, ownRules: readonly ReplyRule[]): BounceReason | null {
  const reply = /(?:^|[\s:;(])([45]\d\d[ -].*)/s.exec(said.slice(0, LONGEST_SAID))?.[1];
  if (reply === undefined || ownRules.length === 0) return null;
  const rule = replyRuleFor(reply, 'recipient', ownRules);
  return rule !== null && ownRules.includes(rule) ? reasonOf(rule.means) : null;
}

function reasonOf(means: Meaning): BounceReason {
  if (means.kind !== 'refused') return 'unclear';
  return means.reason === 'gone' ? 'unknown user' : means.reason === 'policy' ? 'policy' : 'unclear';
}

/** Continuation lines of one reply (`550-5.7.1 …`) become one sentence. */
function oneLine(said: string): string {
  return (
    said
      .slice(0, LONGEST_SAID)
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/\s+/g, ' ')
      .replace(/ [45]\d\d-(?:#?[45]\.\d{1,3}\.\d{1,3} )?/g, ' ')
      // An address is no word: `user@…` says nothing of users.
      .replace(/[^\s<>()"']{1,64}@[^\s<>()"',;:]{1,255}/g, '…')
      .trim()
  );
}
