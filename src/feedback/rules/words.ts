import type { BounceRule } from '../reasons.ts';

/** The whole domain takes no mail (RFC 7505), however it is said. */
export const noMail: BounceRule[] = [
  {
    says: [
      /null ?mx/i,
      /MX or SRV record indicated no SMTP service/i,
      /does not accept mail \(nullMX\)/i,
      /(host|domain) does not accept mail/i,
      /mail receiving (is )?disabled/i,
      /no (mail|smtp) (is )?accepted/i,
    ],
    means: 'takes no mail',
    sample: 'an MX or SRV record indicated no SMTP service',
  },
];

/** Words of refusal that servers use of an address that is not there. */
export const refusedAsUnknown: BounceRule[] = [
  {
    says: [
      /envelope recipient (has been denied|is in my bad)/i,
      /bad(rcptto|recipientto)\b/i,
      /validrcptto/i,
      /destination server rejected recipients/i,
      /recipient is not (accepted|ok|local)$/i,
      /\bbad-recipient/i,
    ],
    means: 'unknown user',
    sample: '553 sorry, your envelope recipient has been denied (#5.7.1)',
  },
];

/** What servers of every kind say of a mailbox. */
export const fullMailbox: BounceRule[] = [
  {
    says: [
      /(mail ?box|inbox|account|maildrop|mail ?folder|user|recipient|storage|disk|directory|home|space|postfach).{0,50}\b(is |are |was |has been |has |have )?(now |currently |almost |too )?(full\b|over ?(the |its |his |their )?(disk |storage |mail(box)? )?(quota|limit|allocated)|exceed(s|ed|ing)?\b|overflow|out of (disk |storage )?(space|quota))/i,
      /(over|exceed\w*|above|beyond|out of|hit|reached).{0,40}(\bquota|mailbox size|storage (limit|space|allocation)|disk (space|usage|limit|quota)|mailbox limit|message storage)/i,
      /quota.{0,30}(exceed|full|reached|violation|limit|error)/i,
      /(not enough|insufficient|no|lack of).{0,20}(mailbox |disk |storage |user )(space|storage)/i,
      /\boverquota\b/i,
      /over quota/i,
      /mail ?box full/i,
      /full mail ?box/i,
      /too (much|many) (mail|messages) (data |stored |on (the |this )?)?(in|for|server)/i,
      /disk full/i,
    ],
    means: 'mailbox full',
    sample: '552 5.2.2 Mailbox is over quota',
  },
  {
    status: /^[45]\.2\.2$/,
    unless: /user unknown|unknown user|no such user/i,
    means: 'mailbox full',
    sample: '552 5.2.2 sorry, ada',
  },
];

export const suspendedMailbox: BounceRule[] = [
  {
    says: [
      /(mail ?box|account|user|recipient|address|e-?mail|domain|member)\b.{0,80}\b(disabled|suspended|inactive|locked|deactivated|de-?activated|frozen|on hold|blocked due|not active|not activated|temporarily (unavailable|closed|locked)|expired|dormant|unavailable due|(is|been) blocked|administratively)\b/i,
      /(disabled|suspended|inactive|locked|deactivated|dormant|frozen) (mail ?box|account|user|recipient|address|e-?mail)/i,
      /account .{0,30}not .{0,10}(active|activated)/i,
      /vacation hold/i,
      /(is )?on vacation/i,
      /user is terminated/i,
    ],
    means: 'suspended',
    sample: '550 5.7.13 Recipient address rejected: User account disabled',
  },
  {
    status: /^5\.2\.1$/,
    unless: /unknown user|user unknown|no such/i,
    means: 'suspended',
    sample: '550 5.2.1 ada takes nothing for now',
  },
];

export const byTheReader: BounceRule[] = [
  {
    says: [
      /(recipient|user|addressee|subscriber|owner) (has |does |is |do |have )?(not |n't )?(blocked|rejected|refus\w+|accept\w*|declin\w+|want|wish\w*|receiv\w+|authori[sz]ed?) (mail|messages|e-?mail|your|this|from|to receive|any|the)/i,
      /does not (accept|want|wish to receive) (e?mail|messages|your)/i,
      /(blocked|refused|rejected|denied) (by|from) (the )?(recipient|user|addressee|owner|mailbox|subscriber)(?! (domain|server|system))/i,
      /not (in|on) (my|the|their|recipient's) (white|allow|safe|accept)[- ]?list/i,
      /(user|recipient)'?s? (filter|rule|preference|setting|policy)/i,
      /due to (extended inactivity|recipient preferences)/i,
      /not accepting (mail|messages) (from|at this)/i,
      /(recipient|mailbox) refus/i,
      /user reject/i,
      /mailbox (is )?unavailable.{0,30}policy/i,
      /out of office refus/i,
      /only accepts/i,
    ],
    means: 'refused by the reader',
    sample: '550 5.7.1 The recipient has blocked mail from this sender',
  },
];

export const unknownUser: BounceRule[] = [
  {
    afterData: true,
    says: [
      /user (is )?unknown/i,
      /unknown (user|recipient|mailbox)/i,
      /no such (user|mailbox|recipient|address)/i,
      /(user|recipient|mailbox|address|account).{0,60}(not (found|exist)|unknown|doesn't exist|does not exist|invalid)/i,
    ],
    means: 'refused by the reader',
    sample: '550 : User unknown',
  },
  {
    says: [
      /\b(unknown|no such|nonexistent|non-?existent|non-existing|invalid|undefined|unrecogni[sz]ed|unknown or invalid|bad|illegal|incorrect|wrong|obsolete) (local )?(virtual )?(e-?mail )?(user|recipient|mail ?box|mail ?drop|address(ee)?|account|alias|local[- ]part|customer|person|destination( mailbox)?( address)?|destination|e-?mail|user ?name|forward[- ]?path|to address|rcpt|login|name|member|subscriber)s?\b/i,
    ],
    means: 'unknown user',
    sample: '550 No such user here',
  },
  {
    says: [
      /\b(user ?(name|id)?|recipient( address)?|mail ?box|e?-?mail( address)?|address(ee)?|account|alias|customer|person|login|member|name|local[- ]part|inbox|destination|employee|contact|party|uid|that user|subscriber)\b(?! has)[^.;]{0,90}?\b((is |are |was |has |have |been |does |do |did |could |can |currently )*(not |n't |cannot be |no longer )+(\w+ )?(be )?(exists?|existing|found|known|listed|valid|validated|here|recogni[sz]ed|registered|in (our|the|this|ldap|use|user|active)|available|a (valid|known|local|registered)|present|located|hosted|defined|on (this|our)|our customer|located|on file|live|lives|belong)|unknown|invalid|nonexistent|non-existent|deleted|removed|terminated|cancell?ed|closed|discontinued|undeliverable|unrouteable|incorrect|rejected: unknown|no longer|unrecogni[sz]ed|is bad)\b/i,
    ],
    status: /^(?!4\.)/,
    means: 'unknown user',
    sample: '550 5.1.1 The mailbox ada@paper.example does not exist',
  },
  {
    says: [
      /\b(doesn't|does not|don't|do not|not|n't|isn't) (have|know|recogni[sz]e|host|handle|find|a valid)\b.{0,50}\b(user|account|mail ?box|recipient|address|e-?mail|such|person|that name|by that name|customer)/i,
      /no (account|mailbox|user|recipient|one|body|mail ?drop|customer|person|record)\b.{0,40}(here|by that name|with that|for|found|of that|named|at this|matching|exists?|such|available)/i,
      /\b(couldn't|could not|cannot|can't|unable to) (find|locate|verify|validate|identify|recogni[sz]e|match) (the |a |any |your |this |that )?(\S+ )?(user|account|mail ?box|recipient|address|e-?mail|person)/i,
      /there is no (such )?(user|account|mailbox|one|person|recipient)/i,
      /this (address|user|account|mailbox|e-?mail) (no longer|does|is not|isn't)/i,
      /not (a )?(valid|known|local) (user|mailbox|recipient|address|account|e-?mail)/i,
      /sorry,? (no mailbox|i couldn't find any (mailbox|user))/i,
      /no longer (exists|valid|available|with|employed|works|active|in (use|service)|here|accept)/i,
      /not here\b/i,
      /(user|recipient) lookup fail/i,
      /unknown local[- ]part/i,
      /userunknown/i,
      /\b(nosuchuser|nouser)\b/i,
      /can't accept user/i,
      /not an active address/i,
      /no existe (dicha|el|la|ese|esa)\b/i,
      /no local mail ?box/i,
      /no mail ?box available/i,
      /account unavailable/i,
      /no valid recipients/i,
      /user missing home directory/i,
      /(utilisateur|adresse) inconnue?/i,
      /invalid final delivery user/i,
      /unable to find …/i,
      /no matches to nameserver query/i,
      /user unkown/i,
      /addressee? unknown/i,
      /cuda_nsu/i,
      /vdeliver: invalid/i,
      /mailbox not/i,
      /ldap .{0,30}(not found|no such)/i,
      /RecipNotFound/i,
      /rejected as nonexistent/i,
      /unknown$/i,
    ],
    status: /^(?!4\.)/,
    means: 'unknown user',
    sample: '550 sorry, no mailbox here by that name',
  },
  {
    says: [
      /recipient address rejected\.?$/i,
      /address rejected\.?( \S+)?$/i,
      /(recipient|address) (rejected|refused)\.?$/i,
    ],
    status: /^(?!4\.|5\.7\.)/,
    means: 'unknown user',
    sample: '550 <ada@paper.example>: Recipient address rejected.',
  },
  {
    says: [/mailbox (is )?(currently )?unavailable/i, /mailbox name not allowed/i],
    status: /^(5\.1\.\d+|5\.5\.0|5\.0\.0|)$/,
    means: 'unknown user',
    sample: '550 5.1.1 Requested action not taken: mailbox unavailable',
  },
];
