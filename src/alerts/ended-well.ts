/**
 * Whether an edition that is over ended as it should: sent, or skipped for want of news or by a person. One that was
 * skipped for want of time or approval did not; its note is what `editions/` says then.
 */
export function endedWell({ state, state_note }: { state: string; state_note: string | null }): boolean {
  if (state === 'sent') return true;
  return !/^(still held by|not approved by|Broadsheet was not running)/.test(state_note ?? '');
}
