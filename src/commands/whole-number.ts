import { InvalidArgumentError } from 'commander';

/** Reads an option that counts or names a number; anything else is misuse. */
export function wholeNumber(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('Expected a whole number.');
}
