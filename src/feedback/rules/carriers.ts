import type { BounceRule } from '../reasons.ts';

/**
 * Mobile carriers, whose filters answer as if nobody lived there: what a reader has set (only from other mobiles, only
 * from a list) is not told from an address that is gone, unless the words differ.
 */
export const carriers: BounceRule[] = [
  {
    text: /550 ?:? ?:? user unknown$|550 : user unknown/i,
    where: /ezweb\.ne\.jp|\bau\.com/i,
    means: 'refused by the reader',
    sample: '550 : User unknown',
  },
  {
    text: /unknown user/i,
    where: /docomo\.ne\.jp|mfsmax|ntt/i,
    means: 'refused by the reader',
    sample: '550 Unknown user ada@docomo.ne.jp',
  },
  {
    text: /user .{0,80}(is )?not (accepting|receiving)|recipient .{0,60}(has )?(opted out|restricted)|messages? (to|from) .* (is|are) blocked by (the )?(user|subscriber)/i,
    means: 'refused by the reader',
    sample: 'The subscriber has opted out, recipient 15550100 restricted',
  },
  {
    text: /each of the following recipients was rejected by a remote mail server(?!.*user unknown)/i,
    means: 'refused by the reader',
    sample: 'Each of the following recipients was rejected by a remote mail server.',
  },
  {
    text: /user unknown/i,
    where: /ezweb\.ne\.jp|\bau\.com|uqmobile\.jp|mineo\.jp/i,
    afterData: true,
    means: 'refused by the reader',
    sample: '550 5.0.0 User unknown',
  },
  {
    text: /as their mailbox is full|it was not possible to deliver .* full/i,
    means: 'mailbox full',
    sample: 'Could not be delivered to: <ada@phone.example> As their mailbox is full.',
  },
  {
    text: /could not be delivered because the recipient('s)? .*(phone|handset|device)|message could not be delivered to mobile|unknown subscriber|not a (valid )?(subscriber|mobile|wireless)|invalid (phone|mobile|wireless) number|recipient .* does not exist/i,
    means: 'unknown user',
    sample: '550 15550100 is not a valid mobile',
  },
];
