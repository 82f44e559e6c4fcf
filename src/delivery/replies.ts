import type { SendOutcome } from './relay.ts';
import { REPLY_RULES, type ReplyRule, type Stage } from './reply-rules.ts';

export type { Stage } from './reply-rules.ts';

/** What a relay's reply means; null for something that is no SMTP reply: then nobody can tell. */
export type ReadReply = (reply: string, stage: Stage) => SendOutcome | null;

/** A reader of replies that asks the operator's own rules first. */
export function replyReader(ownRules: readonly ReplyRule[] = []): ReadReply {
  return (reply, stage) => {
    const rule = ruleFor(reply, stage, ownRules);
    return rule === null ? null : { ...rule.means, response: tidy(reply) };
  };
}

/**
 * The rule that decides a reply.
 * @param reply all its lines, as they came.
 * @param ownRules read first; they never decide what was taken (2xx).
 */
export function ruleFor(reply: string, stage: Stage, ownRules: readonly ReplyRule[] = []): ReplyRule | null {
  const said = readParts(reply);
  if (said === null) return null;
  const rules = said.code.startsWith('2') ? REPLY_RULES : [...ownRules, ...REPLY_RULES];
  // 3xx where an answer was due fits none.
  return rules.find((rule) => fits(rule, said, stage)) ?? null;
}

/** One line, of bounded length, without control characters: it is stored and shown. */
export function tidy(reply: string): string {
  return reply
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500);
}

interface Said {
  code: string;
  enhanced: string | undefined;
  /** All lines as one, without their codes, every address as `@`. */
  words: string;
}

function readParts(reply: string): Said | null {
  const line = tidy(reply);
  const code = /^[2-5]\d\d(?=[ -]|$)/.exec(line)?.[0];
  if (code === undefined) return null;
  const first = /^\d{3}[ -]#?([245]\.\d{1,3}\.\d{1,3})\b/.exec(line)?.[1];
  // qmail writes it at the end: "(#5.1.1)".
  const enhanced = first ?? /\(#([45]\.\d{1,3}\.\d{1,3})\b/.exec(line)?.[1];
  const codes = first === undefined ? `${code}[ -]` : `${code}[ -](?:#?${first.replaceAll('.', '\\.')}\\s+)?`;
  const words = line
    .replace(new RegExp(`(?:^|\\s)${codes}`, 'g'), ' ')
    .replace(/<?[^\s<>@"]+@[^\s<>@",;:()]+>?/g, '@')
    .replace(/[’`]/g, "'")
    .replace(/\s+/g, ' ')
    .trim();
  return { code, enhanced, words };
}

function fits(rule: ReplyRule, { code, enhanced, words }: Said, stage: Stage): boolean {
  return (
    rule.code.test(code) &&
    (rule.stage === undefined || rule.stage === stage) &&
    (rule.enhanced === undefined || (enhanced !== undefined && rule.enhanced.test(enhanced))) &&
    (rule.text === undefined || rule.text.test(words)) &&
    !rule.unless?.test(words)
  );
}
