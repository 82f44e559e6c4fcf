import type { Meaning } from '../reply-rules.ts';

export const REST: Meaning = { kind: 'relay', trouble: 'rest' };
export const STOP: Meaning = { kind: 'relay', trouble: 'stop' };
export const SENT: Meaning = { kind: 'sent' };
export const TRY_LATER: Meaning = { kind: 'later' };
export const GONE: Meaning = { kind: 'refused', reason: 'gone' };
export const SOFT: Meaning = { kind: 'refused', reason: 'soft' };
export const POLICY: Meaning = { kind: 'refused', reason: 'policy' };
