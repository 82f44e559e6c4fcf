/**
 * `text` with the full stop that more words can follow: none where it ends its own sentence (`is it the right list?`,
 * `it said "wrong."`), or has none to end (empty). For notes of people and replies of relays, put between our words. Pure.
 */
export function asSentence(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === '' || /[.!?…。]["'”’»)]*$/u.test(trimmed) ? trimmed : `${trimmed}.`;
}
