import type { BounceRule } from '../reasons.ts';
import { carriers } from './carriers.ts';
import { exchange } from './exchange.ts';
import { filters } from './filters.ts';
import { gmail } from './gmail.ts';
import { groupware } from './groupware.ts';
import { providers } from './providers.ts';
import { unix } from './unix.ts';
import {
  byTheReader,
  fullMailbox,
  noMail,
  refusedAsUnknown,
  suspendedMailbox,
  unknownUser,
} from './words.ts';

/**
 * All families, in the order in which they are asked: who has words of their own before what everybody says, and what
 * is said of us or of this time before what would suppress an address.
 */
export const BOUNCE_RULES: BounceRule[] = [
  ...gmail,
  ...noMail,
  ...carriers,
  ...providers,
  ...exchange,
  ...refusedAsUnknown,
  ...fullMailbox,
  ...suspendedMailbox,
  ...groupware,
  ...byTheReader,
  ...filters,
  ...unix,
  ...unknownUser,
];
