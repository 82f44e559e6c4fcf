import type { BounceRule } from '../reasons.ts';

/** What servers of every kind say of a mailbox. */
export const fullMailbox: BounceRule[] = [
  {
    text: /(mail ?box|inbox|account|maildrop|mail ?folder|user|recipient|storage|disk|directory|home|space|postfach).{0,50}\b(is |are |was |has been |has |have )?(now |currently |almost |too )?(full\b|over ?(the |its |his |their )?(disk |storage |mail(box)? )?(quota|limit|allocated)|exceed(s|ed|ing)?\b|overflow|out of (disk |storage )?(space|quota))|(over|exceed\w*|above|beyond|out of|hit|reached).{0,40}(\bquota|mailbox size|storage (limit|space|allocation)|disk (space|usage|limit|quota)|mailbox limit|message storage)|quota.{0,30}(exceed|full|reached|violation|limit|error)|(not enough|insufficient|no|lack of).{0,20}(mailbox |disk |storage |user )(space|storage)|\boverquota\b|over quota|mail ?box full|full mail ?box|too (much|many) (mail|messages) (data |stored |on (the |this )?)?(in|for|server)|disk full/i,
    means: 'mailbox full',
    sample: '552 5.2.2 Mailbox is over quota',
  },
  {
    status: /^[45]\.2\.2$/,
    text: /^(?!.*(user unknown|unknown user|no such user))/i,
    means: 'mailbox full',
    sample: '552 5.2.2 sorry, ada',
  },
];

export const suspendedMailbox: BounceRule[] = [
  {
    text: /(mail ?box|account|user|recipient|address|e-?mail|domain|member)\b.{0,80}\b(disabled|suspended|inactive|locked|deactivated|de-?activated|frozen|on hold|blocked due|restricted|not active|not activated|temporarily (unavailable|closed|locked)|expired|dormant|unavailable due|blocked|administratively)\b|(disabled|suspended|inactive|locked|deactivated|dormant|frozen) (mail ?box|account|user|recipient|address|e-?mail)|account .{0,30}not .{0,10}(active|activated)|vacation hold/i,
    means: 'suspended',
    sample: '550 5.7.13 Recipient address rejected: User account disabled',
  },
  {
    status: /^5\.2\.1$/,
    text: /^(?!.*(unknown user|user unknown|no such))/i,
    means: 'suspended',
    sample: '550 5.2.1 ada takes nothing for now',
  },
  {
    status: /^5\.2\.1$/,
    text: /mailbox disabled/i,
    means: 'suspended',
    sample: '550 5.2.1 (mailbox disabled, not accepting messages) User Unknown',
  },
];

export const byTheReader: BounceRule[] = [
  {
    text: /(recipient|user|addressee|subscriber|owner) (has |does |is |do |have )?(not |n't )?(blocked|rejected|refus\w+|accept\w*|declin\w+|want|wish\w*|receiv\w+|authori[sz]ed?) (mail|messages|e-?mail|your|this|from|to receive|any|the)|does not (accept|want|wish to receive) (e?mail|messages|your)|(blocked|refused|rejected|denied) (by|from) (the )?(recipient|user|addressee|owner|mailbox|subscriber)(?! (domain|server|system))|not (in|on) (my|the|their|recipient's) (white|allow|safe|accept)[- ]?list|(user|recipient)'?s? (filter|rule|preference|setting|policy)|due to (extended inactivity|recipient preferences)|not accepting (mail|messages) (from|at this)|(recipient|mailbox) refus|user reject|mailbox (is )?unavailable.{0,30}policy|out of office refus|only accepts/i,
    means: 'refused by the reader',
    sample: '550 5.7.1 The recipient has blocked mail from this sender',
  },
];

export const unknownUser: BounceRule[] = [
  {
    afterData: true,
    text: /user (is )?unknown|unknown (user|recipient|mailbox)|no such (user|mailbox|recipient|address)|(user|recipient|mailbox|address|account).{0,60}(not (found|exist)|unknown|doesn't exist|does not exist|invalid)/i,
    means: 'refused by the reader',
    sample: '550 : User unknown',
  },
  {
    text: /\b(unknown|no such|nonexistent|non-?existent|non-existing|invalid|undefined|unrecogni[sz]ed|unknown or invalid|bad|illegal|incorrect|wrong|obsolete) (local )?(virtual )?(e-?mail )?(user|recipient|mail ?box|mail ?drop|address(ee)?|account|alias|local[- ]part|customer|person|destination( mailbox)?( address)?|destination|e-?mail|user ?name|forward[- ]?path|to address|rcpt|login|name|member|subscriber)s?\b/i,
    means: 'unknown user',
    sample: '550 No such user here',
  },
  {
    text: /\b(user ?(name|id)?|recipient( address)?|mail ?box|e?-?mail( address)?|address(ee)?|account|alias|customer|person|login|member|name|local[- ]part|inbox|destination|employee|contact|party|uid|that user|subscriber)\b(?! has)[^.;]{0,90}?\b((is |are |was |has |have |been |does |do |did |could |can |currently )*(not |n't |cannot be |no longer )+(\w+ )?(be )?(exists?|existing|found|known|listed|valid|validated|here|recogni[sz]ed|registered|in (our|the|this|ldap|use|user|active)|available|a (valid|known|local|registered)|present|located|hosted|defined|on (this|our)|our customer|located|on file|live|lives|belong)|unknown|invalid|nonexistent|non-existent|deleted|removed|terminated|cancell?ed|closed|discontinued|undeliverable|unrouteable|incorrect|rejected: unknown|no longer|unrecogni[sz]ed|is bad)\b/i,
    status: /^(?!4\.)/,
    means: 'unknown user',
    sample: '550 5.1.1 The mailbox ada@paper.example does not exist',
  },
  {
    text: /\b(doesn't|does not|don't|do not|not|n't|isn't) (have|know|recogni[sz]e|host|handle|find|a valid)\b.{0,50}\b(user|account|mail ?box|recipient|address|e-?mail|such|person|that name|by that name|customer)|no (account|mailbox|user|recipient|one|body|mail ?drop|customer|person|record)\b.{0,40}(here|by that name|with that|for|found|of that|named|at this|matching|exists?|such|available)|\b(couldn't|could not|cannot|can't|unable to) (find|locate|verify|validate|identify|recogni[sz]e|match) (the |a |any |your |this |that )?(\S+ )?(user|account|mail ?box|recipient|address|e-?mail|person)|there is no (such )?(user|account|mailbox|one|person|recipient)|this (address|user|account|mailbox|e-?mail) (no longer|does|is not|isn't)|not (a )?(valid|known|local) (user|mailbox|recipient|address|account|e-?mail)|sorry,? (no mailbox|i couldn't find any (mailbox|user))|no longer (exists|valid|available|with|employed|works|active|in (use|service)|here|accept)|not here\b|(user|recipient) lookup fail|unknown local[- ]part|userunknown|user unkown|addressee? unknown|cuda_nsu|vdeliver: invalid|mailbox not|ldap .{0,30}(not found|no such)|RecipNotFound|rejected as nonexistent|verification failed for <|unknown$/i,
    status: /^(?!4\.)/,
    means: 'unknown user',
    sample: '550 sorry, no mailbox here by that name',
  },
  {
    text: /recipient address rejected\.?$|address rejected\.?( \S+)?$|(recipient|address) (rejected|refused)\.?$/i,
    status: /^(?!4\.|5\.7\.)/,
    means: 'unknown user',
    sample: '550 <ada@paper.example>: Recipient address rejected.',
  },
  {
    text: /mailbox (is )?(currently )?unavailable|mailbox name not allowed/i,
    status: /^5\.1\.|^5\.5\.0$/,
    means: 'unknown user',
    sample: '550 5.1.1 Requested action not taken: mailbox unavailable',
  },
];
