import type { BounceRule } from '../reasons.ts';

/**
 * Mobile carriers, whose filters answer as if nobody lived there: what a reader has set (only from other mobiles, only
 * from a list) is not told from an address that is gone, unless the words differ.
 */
export const carriers: BounceRule[] = [
  {
    says: [/550 ?:? ?:? user unknown$/i, /550 : user unknown/i],
    where: /ezweb\.ne\.jp|\bau\.com/i,
    means: 'refused by the reader',
    sample: '550 : User unknown',
    sampleServer: 'mx.ezweb.ne.jp',
  },
  {
    says: [/unknown user/i],
    where: /docomo\.ne\.jp|mfsmax|ntt/i,
    means: 'refused by the reader',
    sample: '550 Unknown user ada@docomo.ne.jp',
  },
  {
    says: [
      /user .{0,80}(is )?not (accepting|receiving)/i,
      /recipient .{0,60}(has )?(opted out|restricted)/i,
      /messages? (to|from) .* (is|are) blocked by (the )?(user|subscriber)/i,
    ],
    means: 'refused by the reader',
    sample: 'The subscriber has opted out, recipient 15550100 restricted',
  },
  {
    says: [/each of the following recipients was rejected by a remote mail server(?!.*user unknown)/i],
    means: 'refused by the reader',
    sample: 'Each of the following recipients was rejected by a remote mail server.',
  },
  {
    says: [/user unknown/i],
    where: /ezweb\.ne\.jp|\bau\.com|uqmobile\.jp|mineo\.jp/i,
    afterData: true,
    means: 'refused by the reader',
    sample: '550 5.0.0 User unknown',
    sampleServer: 'mx.uqmobile.jp',
  },
  {
    says: [/as their mailbox is full/i, /it was not possible to deliver .* full/i],
    means: 'mailbox full',
    sample: 'Could not be delivered to: <ada@phone.example> As their mailbox is full.',
  },
  {
    says: [
      /could not be delivered because the recipient('s)? .*(phone|handset|device)/i,
      /message could not be delivered to mobile/i,
      /no valid recipients for this MM/i,
      /unknown subscriber/i,
      /not a (valid )?(subscriber|mobile|wireless)/i,
      /invalid (phone|mobile|wireless) number/i,
      /recipient .* does not exist/i,
    ],
    means: 'unknown user',
    sample: '550 15550100 is not a valid mobile',
  },
];
