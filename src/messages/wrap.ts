/** Columns of the plain-text edition (standards for mail: RFC 5322 section 2.1.1 recommends at most 78). */
export const COLUMNS = 72;

/**
 * `text` in lines of at most 72 columns. A longer word, such as a link, keeps a line of its own, unbroken.
 * @param bullet stands before the first line; the others are indented by its width.
 */
export function wrap(text: string, bullet = ''): string {
  const indent = ' '.repeat(bullet.length);
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, COLUMNS - bullet.length).join(`\n${indent}`))
    .map((paragraph, index) => (index === 0 ? bullet : indent) + paragraph)
    .join('\n');
}

function wrapParagraph(paragraph: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  // Only plain spaces part words: a no-break space keeps them together.
  for (const word of paragraph.split(' ')) {
    if (word === '') continue;
    const wide = displayWidth(word);
    if (width > 0 && width + 1 + wide > columns) {
      lines.push(line);
      line = word;
      width = wide;
    } else {
      line = width > 0 ? `${line} ${word}` : word;
      width += (width > 0 ? 1 : 0) + wide;
    }
  }
  lines.push(line);
  return lines;
}

function displayWidth(word: string): number {
  if (/^[\x20-\x7E]*$/.test(word)) return word.length;
  return [...word.replace(/[\p{Mark}\p{Cf}]/gu, '')].length;
}
