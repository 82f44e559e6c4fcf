import { REFUSAL_LIMITS } from '../delivery/refusal-watch.ts';
import { type Meaning, NO_SUCH_HOST } from '../delivery/reply-rules.ts';
import { nextTry } from '../delivery/retry.ts';
import { DOMAIN_STORM, STORM } from '../delivery/suppress-gone.ts';
import { SOFT_LIMIT } from '../delivery/suppress-soft.ts';
import { expireAfter } from '../newsletters/expiry.ts';

/** `refused: gone`. */
export function outcomeWords(outcome: Meaning): string {
  if (outcome.kind === 'refused') return `refused: ${outcome.reason}`;
  return outcome.kind === 'relay' ? `relay: ${outcome.trouble}` : outcome.kind;
}

/** What becomes of whoever was written to, by the numbers that delivery goes by. */
export function consequenceOf(outcome: Meaning, reply: string): string {
  switch (outcome.kind) {
    case 'sent':
      return 'is counted as sent: the relay took it. Refusals before this one no longer count.';
    case 'later':
      return `is tried again in ${firstDelays()} minutes, then hourly, for ${hours('daily')} hours (${hours('weekly')} where the newsletter is weekly), each time give or take a fifth. Then it expires.`;
    case 'relay':
      return outcome.trouble === 'rest'
        ? 'keeps their place: this costs no try. The relay is left alone for a second, two, four … a minute, then tried with one message.'
        : 'keeps their place: this costs no try. The edition is paused with these words, until a person mends the cause and resumes it.';
    case 'refused':
      return refusedWords(outcome.reason, reply);
  }
}

function refusedWords(reason: 'gone' | 'soft' | 'policy', reply: string): string {
  const nothing = 'gets nothing of this edition';
  const { lane, edition } = REFUSAL_LIMITS.policy;
  switch (reason) {
    case 'gone':
      return `${nothing} and is suppressed when it ends, unless over ${percent(STORM.share)} of all of it (${STORM.atLeast} or more), or over ${percent(DOMAIN_STORM.share)} of ${DOMAIN_STORM.recipients} or more at their domain, are gone: then only if an edition a day later, or more, says the same.`;
    case 'soft':
      return isNoHost(reply)
        ? `${nothing}; is suppressed when a second one, a day later or more, finds no such domain either.`
        : `${nothing}; after ${SOFT_LIMIT.editions} editions in a row, over ${SOFT_LIMIT.days} days or more, is suppressed. One that is taken in between begins the count anew.`;
    case 'policy':
      return `${nothing}, and is never suppressed for it. ${lane} in a row at their provider set it aside, ${edition} in a row over all pause the edition.`;
  }
}

function isNoHost(reply: string): boolean {
  const enhanced = /^\d{3}[ -]#?(5\.\d+\.\d+)\b/.exec(reply)?.[1];
  return enhanced !== undefined && NO_SUCH_HOST.includes(enhanced);
}

/** `5, 15, 45`: those before it is hourly. */
function firstDelays(): string {
  const minutes = [1, 2, 3].map((tries) => nextTry(tries, 0, 0.5) / 60_000);
  return minutes.join(', ');
}

function hours(rhythm: string): number {
  return expireAfter(rhythm) / 3_600_000;
}

function percent(share: number): string {
  return `${share * 100} %`;
}
