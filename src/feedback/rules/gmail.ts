import type { BounceRule } from '../reasons.ts';

/** Gmail, Google Workspace and Google Groups. */
export const gmail: BounceRule[] = [
  {
    says: [/domain (\S+ )?doesn't receive email/i, /returned null mx/i],
    means: 'takes no mail',
    sample: "DNS Error: DNS type 'mx' lookup of shop.example: The domain shop.example doesn't receive email",
  },
  {
    says: [/responded with code (NXDOMAIN|NOERROR)/i, /domain \S+ couldn't be found/i],
    means: 'unknown host',
    sample:
      "DNS Error: DNS type 'mx' lookup of gone.example responded with code NXDOMAIN Domain name not found",
  },
  {
    says: [/DNS error/i, /DNS type '\w+' lookup .* responded with code (SERVFAIL|REFUSED)/i],
    means: 'network',
    sample: "DNS Error: DNS type 'aaaa' lookup of slow.example responded with code SERVFAIL",
  },
  {
    says: [/account that you tried to reach is (inactive|disabled|suspended)/i],
    means: 'suspended',
    sample: '550 5.2.1 The email account that you tried to reach is inactive.',
  },
  {
    says: [
      /user you are trying to contact is receiving mail (too quickly|at a rate)/i,
      /receiving mail at a rate that/i,
    ],
    means: 'rate',
    sample:
      '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
  },
  {
    says: [/inbox (is )?full/i, /out of storage space/i, /account that you tried to reach is over quota/i],
    means: 'mailbox full',
    sample: "452 4.2.2 The recipient's inbox is out of storage space.",
  },
  {
    says: [
      /group .* was rejected due to spam/i,
      /likely (unsolicited|suspicious)/i,
      /unusual rate of unsolicited/i,
      /low reputation of the sending domain/i,
    ],
    means: 'spam',
    sample: '550 5.7.1 Our system has detected that this message is likely unsolicited mail.',
  },
  {
    says: [
      /unauthenticated (e?mail|sender)/i,
      /sender is unauthenticated/i,
      /requires all senders to authenticate/i,
      /did not pass/i,
    ],
    means: 'authentication',
    sample: '550 5.7.26 Unauthenticated email from news.example is not accepted',
  },
  {
    says: [
      /group you tried to contact/i,
      /groupe que vous avez essayé de contacter/i,
      /(grupo|gruppe|gruppo|グループ|群组).*(google groups?|groups\.google)/i,
      /may not have permission to post/i,
      /permission to post messages to the group/i,
    ],
    means: 'policy',
    sample:
      'The group you tried to contact (readers) may not exist, or you may not have permission to post messages to the group.',
  },
  {
    says: [
      /account that you tried to reach does not exist/i,
      /email address .* (couldn't|could not) be found/i,
      /address couldn't be found/i,
    ],
    means: 'unknown user',
    sample: '550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking',
  },
];
