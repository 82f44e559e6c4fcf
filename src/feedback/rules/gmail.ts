import type { BounceRule } from '../reasons.ts';

/** Gmail, Google Workspace and Google Groups. */
export const gmail: BounceRule[] = [
  {
    text: /domain (\S+ )?doesn't receive email|returned null mx/i,
    means: 'takes no mail',
    sample: "DNS Error: DNS type 'mx' lookup of shop.example: The domain shop.example doesn't receive email",
  },
  {
    text: /responded with code (NXDOMAIN|NOERROR)|domain \S+ couldn't be found|domain name not found/i,
    means: 'unknown host',
    sample:
      "DNS Error: DNS type 'mx' lookup of gone.example responded with code NXDOMAIN Domain name not found",
  },
  {
    text: /DNS error|DNS type '\w+' lookup .* responded with code (SERVFAIL|REFUSED)/i,
    means: 'network',
    sample: "DNS Error: DNS type 'aaaa' lookup of slow.example responded with code SERVFAIL",
  },
  {
    text: /account that you tried to reach is (inactive|disabled|suspended)|account .* (is )?disabled/i,
    means: 'suspended',
    sample: '550 5.2.1 The email account that you tried to reach is inactive.',
  },
  {
    text: /user you are trying to contact is receiving mail (too quickly|at a rate)|receiving mail at a rate that/i,
    means: 'rate',
    sample:
      '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
  },
  {
    text: /inbox (is )?full|out of storage space|account that you tried to reach is over quota/i,
    means: 'mailbox full',
    sample: "452 4.2.2 The recipient's inbox is out of storage space.",
  },
  {
    text: /group .* was rejected due to spam|likely (unsolicited|suspicious)|unusual rate of unsolicited|low reputation of the sending domain/i,
    means: 'spam',
    sample: '550 5.7.1 Our system has detected that this message is likely unsolicited mail.',
  },
  {
    text: /unauthenticated (e?mail|sender)|sender is unauthenticated|requires all senders to authenticate|did not pass/i,
    means: 'authentication',
    sample: '550 5.7.26 Unauthenticated email from news.example is not accepted',
  },
  {
    text: /group you tried to contact|groupe que vous avez essayé de contacter|(grupo|gruppe|gruppo|グループ|群组).*(google groups?|groups\.google)|may not have permission to post|permission to post messages to the group/i,
    means: 'policy',
    sample:
      'The group you tried to contact (readers) may not exist, or you may not have permission to post messages to the group.',
  },
  {
    text: /account that you tried to reach does not exist|email address .* (couldn't|could not) be found|address couldn't be found/i,
    means: 'unknown user',
    sample: '550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking',
  },
];
