import type { Context } from '../context.ts';
import { readReplyRules } from '../delivery/own-reply-rules.ts';
import { RefusedError } from '../refused-error.ts';
import { plural } from '../terminal/terminal.ts';
import { type Check, done, failed } from './check.ts';

/** Whether the operator's own rules for replies can be read, and how many they are; nothing where there are none. */
export function checkReplyRules({ config }: Pick<Context, 'config'>): Check[] {
  if (config.replyRules === null) return [];
  try {
    const count = readReplyRules(config.replyRules).length;
    return [done('reply rules', `${config.replyRules}  ${plural(count, 'rule')} of yours, read before ours`)];
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return [failed('reply rules', error.message, 'mend the file, or take REPLY_RULES out')];
  }
}
