import { fieldOf, type MailParts } from './mail-parts.ts';

/** A reader told their provider that they do not want this mail. */
export interface Complaint {
  kind: 'complaint';
  /**
   * `abuse`: it was called spam. `opt-out`: they want to leave this newsletter. `none`: a report about us that no
   * reader made, such as a failed authentication (RFC 6591), or one that it is no spam.
   */
  type: 'abuse' | 'opt-out' | 'none';
  /** As it was sent: `abuse`, `fraud`, `auth-failure`, … */
  feedbackType: string;
}

/** Reads a feedback report: ARF (RFC 5965), or a message sent back by a feedback loop without one; null: it is none. */
export function readComplaint(parts: MailParts): Complaint | null {
  const reported =
    parts.feedback === null ? feedbackInWords(parts) : fieldOf(parts.feedback, 'feedback-type') || 'abuse';
  if (reported === null) return null;
  const feedbackType = reported.toLowerCase().slice(0, 40);
  return { kind: 'complaint', feedbackType, type: typeOf(feedbackType) };
}

/** RFC 5965 section 7.3, RFC 6430 (not-spam), RFC 6591 (auth-failure); whatever else counts as abuse. */
function typeOf(feedbackType: string): Complaint['type'] {
  if (/^opt-out/.test(feedbackType)) return 'opt-out';
  return /^(not-spam|auth-failure|dmarc|dkim|spf)/.test(feedbackType) ? 'none' : 'abuse';
}

/** Microsoft's JMRP and others send the whole message, and say in the subject why. */
function feedbackInWords({ subject, from, returned, status, headers }: MailParts): string | null {
  if (status.length > 0 || returned === '') return null;
  const loop = /^(staff@hotmail\.com|fbl|feedback-?loop|complaints?|abuse|scomp)/.test(from);
  const called =
    /complaint about message|(abuse|spam|email feedback|complaint) (report|notification)|feedback report/i.test(
      subject,
    );
  if (loop && called) return 'abuse';
  return /report-type="?feedback-report/i.test(fieldOf(headers, 'content-type')) ? 'abuse' : null;
}
