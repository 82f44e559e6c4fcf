/** Why a message came back. */
export type BounceReason =
  // The address is gone: nothing will ever be taken there.
  | 'unknown user'
  | 'unknown host'
  | 'moved'
  | 'takes no mail'
  // This time only, or the reader's own wish.
  | 'mailbox full'
  | 'suspended'
  | 'refused by the reader'
  | 'too large'
  | 'not reached in time'
  | 'network'
  | 'system'
  | 'unclear'
  // About us, whoever the reader is.
  | 'sender'
  | 'authentication'
  | 'spam'
  | 'virus'
  | 'reputation'
  | 'reverse DNS'
  | 'rate'
  | 'relaying'
  | 'policy';

/**
 * What it says of the address: `hard`, nobody can be reached there; `soft`, not now; `policy`, nothing, it is about us
 * or what we sent.
 */
export type Severity = 'hard' | 'soft' | 'policy';

const SEVERITY: Record<BounceReason, Severity> = {
  'unknown user': 'hard',
  'unknown host': 'hard',
  moved: 'hard',
  'takes no mail': 'hard',
  'mailbox full': 'soft',
  suspended: 'soft',
  'refused by the reader': 'soft',
  'too large': 'policy',
  'not reached in time': 'soft',
  network: 'soft',
  system: 'soft',
  unclear: 'soft',
  sender: 'policy',
  authentication: 'policy',
  spam: 'policy',
  virus: 'policy',
  reputation: 'policy',
  'reverse DNS': 'policy',
  rate: 'policy',
  relaying: 'policy',
  policy: 'policy',
};

/** What a reason says of the address. */
export function severityOf(reason: BounceReason): Severity {
  return SEVERITY[reason];
}

/** One thing that servers say, and what it means; the first rule that fits decides. */
export interface BounceRule {
  /** One of these is in what was said of the recipient, on one line; absent: whatever was said. */
  says?: RegExp[];
  /** None of these is. */
  unless?: RegExp;
  /** Matched against the enhanced code (RFC 3463): the one in the words, else the report's own. */
  status?: RegExp;
  /** Matched against the recipient's address and the names of the servers: whose words they are. */
  where?: RegExp;
  /** Only when the whole message had been handed over: the address itself had been taken. */
  afterData?: true;
  means: BounceReason;
  /** By whom the sample was said, where `where` asks. */
  sampleServer?: string;
  /** What was said, as we made it up; the rule decides it. */
  sample: string;
}
