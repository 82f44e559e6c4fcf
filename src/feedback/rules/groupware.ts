import type { BounceRule } from '../reasons.ts';

/** Lotus Notes and Domino, GroupWise, Sun and Oracle Messaging Server, IMail, X.400 gateways, MDaemon. */
export const groupware: BounceRule[] = [
  {
    says: [
      /not listed in (the )?(public|domino|name|lotus)/i,
      /(user|recipient|name) .{0,80}not listed in/i,
      /not unique in (the )?(domino|public|name)/i,
      /no (route|matching name) found (to|in)/i,
      /nicht im (domino|öffentlichen)/i,
    ],
    means: 'unknown user',
    sample: 'User ada (ada@paper.example) not listed in Domino Directory',
  },
  {
    says: [
      /(name|address) (\S+ )?not found at (the )?post office/i,
      /\bD10[13]\b/i,
      /no such (recipient|user) at (the )?post office/i,
    ],
    means: 'unknown user',
    sample: 'The name was not found at the post office (D101)',
  },
  {
    says: [/illegal (host\/domain|user) name/i, /unknown or illegal (alias|user)/i, /unknown or illegal/i],
    means: 'unknown user',
    sample: 'smtp;Unknown or illegal alias: ada@paper.example',
  },
  {
    says: [
      /user not known/i,
      /account is not known/i,
      /user unknown on this (host|server)/i,
      /(user|account) not known( at this site)?/i,
    ],
    means: 'unknown user',
    sample: 'Reason: User not known at this site',
  },
  {
    says: [
      /delivery to this (user|address) is restricted/i,
      /restricted address/i,
      /access denied by (acl|recipient)/i,
    ],
    means: 'refused by the reader',
    sample: 'Delivery to this user is restricted',
  },
  {
    says: [
      /delivery not authorized/i,
      /not authori[sz]ed to (send|post)/i,
      /Content-return/i,
      /conversion prohibited/i,
    ],
    means: 'refused by the reader',
    sample: 'X.400 reason: delivery not authorized, message refused',
  },
];
