import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { FaultyFileError, readCheckedYaml } from '../checked-yaml.ts';
import { RefusedError } from '../refused-error.ts';
import { ruleFor } from './replies.ts';
import { type Meaning, type ReplyRule, STAGES } from './reply-rules.ts';

/** What people write for an outcome; nobody may say that a refused message was sent. */
const OUTCOMES = {
  later: { kind: 'later' },
  gone: { kind: 'refused', reason: 'gone' },
  soft: { kind: 'refused', reason: 'soft' },
  policy: { kind: 'refused', reason: 'policy' },
  rest: { kind: 'relay', trouble: 'rest' },
  stop: { kind: 'relay', trouble: 'stop' },
} as const satisfies Record<string, Meaning>;

const rule = z
  .strictObject({
    why: z.string().trim().min(1, { error: 'expected a few words for people' }),
    outcome: z.enum(Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[], {
      error: `expected ${Object.keys(OUTCOMES).join(', ')}`,
    }),
    sample: z
      .string()
      .regex(/^[45]\d\d(?=[ -]|$)/, { error: 'expected a reply such as "550 5.7.1 Not today"' }),
    code: z.coerce
      .string()
      .regex(/^[45][\dx][\dx]$/, { error: 'expected three digits, 4 or 5 first; x stands for any digit' })
      .transform((code) => new RegExp(`^${code.replaceAll('x', '\\d')}$`))
      .optional(),
    enhanced: z
      .string()
      .regex(/^[45](\.(\d{1,3}|\*)){2}$/, { error: 'expected a code such as 5.7.1; * stands for any number' })
      .transform((code) => new RegExp(`^${code.replaceAll('.', '\\.').replaceAll('*', '\\d+')}$`))
      .optional(),
    text: z.string().min(1).transform(pattern).optional(),
    stage: z.enum(STAGES, { error: `expected ${STAGES.join(', ')}` }).optional(),
  })
  .refine(({ code, enhanced, text }) => (code ?? enhanced ?? text) !== undefined, {
    error: 'code, enhanced or text is missing: it would decide every reply',
    params: { whole: true },
  });

const file = z.strictObject({ rules: z.array(rule).min(1, { error: 'expected at least one rule' }) });

/**
 * The rules of the file that REPLY_RULES names; none when it is null.
 * @throws RefusedError when it cannot be read; FaultyFileError as parseReplyRules.
 */
export function readReplyRules(path: string | null): ReplyRule[] {
  if (path === null) return [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RefusedError(
      `REPLY_RULES: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Put the file there, or take the setting out.`,
      { cause: error },
    );
  }
  return parseReplyRules(text, path);
}

/**
 * Reads an operator's own rules.
 * @param fileName what faults are prefixed with.
 * @throws FaultyFileError naming every fault with line and column; a rule that does not decide its own sample is one.
 */
export function parseReplyRules(text: string, fileName: string): ReplyRule[] {
  const { value, faultAt } = readCheckedYaml(text, file, fileName);
  const rules = value.rules.map(({ outcome, code = /^[45]/, why, sample, ...rest }): ReplyRule => {
    const { enhanced, text: words, stage } = rest;
    return {
      ...{ why, code, means: OUTCOMES[outcome], sample },
      ...(enhanced && { enhanced }),
      ...(words && { text: words }),
      ...(stage && { stage }),
    };
  });
  const faults = rules.flatMap((rule, index) => {
    const decides = ruleFor(rule.sample, rule.stage ?? 'recipient', rules);
    if (decides === rule) return [];
    const earlier = decides === null ? -1 : rules.indexOf(decides);
    const said =
      earlier < 0
        ? 'this sample does not fit its own rule'
        : `this sample is decided by rule ${earlier + 1} (${rules[earlier]?.why}), which comes before it`;
    return [faultAt(['rules', index, 'sample'], said)];
  });
  if (faults.length > 0) throw new FaultyFileError(fileName, faults);
  return rules;
}

function pattern(text: string, context: z.core.$RefinementCtx<string>): RegExp {
  try {
    return new RegExp(text, 'iu');
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `expected a regular expression (${(error as Error).message})`,
    });
    return z.NEVER;
  }
}
