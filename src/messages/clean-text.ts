/**
 * A stranger's words made fit for a message: no control characters (C1 makes Gmail clip), no marks that turn the
 * direction of what follows, no noncharacters (we mark merge fields with them), no halves of characters.
 * Line ends become `\n`; a tab becomes a space.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(/\t/g, ' ')
    .replace(NOT_FOR_MAIL, '');
}

/** `cleanText` on one line: for headlines, names, subjects. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/**
 * C0 but `\n`, DEL and C1; embeddings and overrides U+202A-202E and isolates U+2066-2069 (unbalanced ones spill into
 * our own words; marks U+200E/F may stay); U+FEFF, U+FFFD; noncharacters.
 */
const NOT_FOR_MAIL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF\uFFFD\uFDD0-\uFDEF\uFFFE\uFFFF]/g;
