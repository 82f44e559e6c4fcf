import { characters, shorten } from './shorten.ts';

/** A longer one is a paragraph in bold: mail shows its beginning, the edition in the browser all of it. */
export const LONGEST_HEADLINE = 140;

/** A clean headline as every part of a mail shows it. */
export function shortHeadline(headline: string, language: string): string {
  return shorten(headline, LONGEST_HEADLINE, language);
}

/** How many characters a clean headline has, where mail cuts it; else null. */
export function tooLong(headline: string): number | null {
  const count = characters(headline);
  return count > LONGEST_HEADLINE ? count : null;
}
