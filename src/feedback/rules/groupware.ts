import type { BounceRule } from '../reasons.ts';

/** Lotus Notes and Domino, GroupWise, Sun and Oracle Messaging Server, IMail, X.400 gateways, MDaemon. */
export const groupware: BounceRule[] = [
  {
    text: /not listed in (the )?(public|domino|name|lotus)|(user|recipient|name) .{0,80}not listed in|not unique in (the )?(domino|public|name)|no (route|matching name) found (to|in)|nicht im (domino|öffentlichen)/i,
    means: 'unknown user',
    sample: 'User ada (ada@paper.example) not listed in Domino Directory',
  },
  {
    text: /(name|address) (\S+ )?not found at (the )?post office|\bD10[13]\b|no such (recipient|user) at (the )?post office/i,
    means: 'unknown user',
    sample: 'The name was not found at the post office (D101)',
  },
  {
    text: /illegal (host\/domain|user) name|unknown or illegal (alias|user)|unknown or illegal/i,
    means: 'unknown user',
    sample: 'smtp;Unknown or illegal alias: ada@paper.example',
  },
  {
    text: /user not known|account is not known|user unknown on this (host|server)|(user|account) not known( at this site)?/i,
    means: 'unknown user',
    sample: 'Reason: User not known at this site',
  },
  {
    text: /delivery to this (user|address) is restricted|restricted address|access denied by (acl|recipient)/i,
    means: 'refused by the reader',
    sample: 'Delivery to this user is restricted',
  },
  {
    text: /delivery not authorized|not authori[sz]ed to (send|post)|Content-return|conversion prohibited/i,
    means: 'refused by the reader',
    sample: 'X.400 reason: delivery not authorized, message refused',
  },
  {
    text: /too many hops|loop detected in the mail/i,
    means: 'network',
    sample: 'Too many hops: the mail goes round in a circle',
  },
];
