import type { Context } from '../context.ts';
import { readReplyRules } from '../delivery/own-reply-rules.ts';
import { maskAddress } from '../log.ts';
import { readReport } from './read-report.ts';
import { type Recorded, recordFeedback } from './record.ts';
import { tellOperator } from './tell-operator.ts';

/**
 * What both ways of getting mail do with one: read it, and do what follows.
 * @param envelope to whom it was handed in; empty where only the mail itself tells.
 * @returns what became of it; `not ours` and `other` may interest a person.
 */
export async function takeMail(
  context: Context,
  raw: Uint8Array,
  envelope: string[] = [],
): Promise<{ recorded: Recorded; kind: string; ours: boolean }> {
  const { config, log } = context;
  const { bounceDomain, replyRules } = config;
  const ownRules = readReplyRules(replyRules);
  const feedback = await readReport(raw, { envelope, bounceDomain, ownRules });
  const recorded = await recordFeedback(context, feedback, 'mail');
  const { report, from } = feedback;
  log.debug({ kind: report.kind, from: maskAddress(from), recorded }, 'Mail read');
  const named = feedback.names.tokens.length + feedback.names.leaving.length > 0;
  return {
    recorded,
    kind: report.kind,
    ours: recorded !== 'not ours' && (recorded !== 'nothing' || (report.kind !== 'other' && named)),
  };
}

/** For who runs this: mail to postmaster@ and abuse@ of the bounce domain (RFC 5321 section 4.5.1, RFC 2142). */
export async function passOn(context: Context, raw: Uint8Array, to: string): Promise<void> {
  const { from, subject, text } = await readReport(raw);
  await tellOperator(context, { to, from, subject, text });
}
