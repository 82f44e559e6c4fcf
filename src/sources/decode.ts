/** A document's text, and whether bytes of it were no text in the encoding it must have. */
export interface DecodedText {
  text: string;
  /** Places of bytes that are not UTF-8, at most 100; each stands as U+FFFD in the text. */
  broken: { line: number; byte: number }[];
}

/** Encodings are declared within the first bytes (XML: first line; HTML: 1024 bytes). */
const HEAD = 1024;

/**
 * The text of an XML or HTML document in whatever encoding it is: byte order mark, then Content-Type, then what the
 * document declares (RFC 7303 section 3.2), if that can be; else UTF-8 with every other byte as windows-1252,
 * which is what publishers' editors write by mistake.
 */
export function decodeMarkup(bytes: Uint8Array, contentType: string | null): string {
  const marked = decodeByMark(bytes);
  if (marked !== undefined) return marked;
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, HEAD));
  const declared = [
    /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType ?? '')?.[1],
    /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/i.exec(head)?.[1],
    /<meta[^>]+charset\s*=\s*["']?([\w.:-]+)/i.exec(head)?.[1],
  ];
  // ISO-2022 writes everything in ASCII and escapes; any other encoding that is also sound UTF-8 is UTF-8.
  const escaped = declared.find((label) => /^iso-2022/i.test(label ?? ''));
  for (const label of [escaped, 'utf-8', ...declared]) {
    const text = label === undefined ? undefined : tryDecode(bytes, label);
    if (text !== undefined) return text;
  }
  return decodeMixed(bytes);
}

/** The text of a plain-text or JSON file, which must be UTF-8 (or carry the mark of UTF-16). */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = decodeByMark(bytes);
  if (marked !== undefined) return { text: marked, broken: [] };
  const strict = tryDecode(bytes, 'utf-8');
  if (strict !== undefined) return { text: strict, broken: [] };
  return { text: new TextDecoder('utf-8').decode(bytes), broken: brokenBytes(bytes) };
}

function decodeByMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return undefined;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (first === 0x3c && second === 0) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0 && second === 0x3c) return new TextDecoder('utf-16be').decode(bytes);
  return undefined;
}

function tryDecode(bytes: Uint8Array, label: string): string | undefined {
  try {
    // A feed that says iso-2022 or utf-7 is not believed: TextDecoder knows no utf-7.
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const utf8 = new TextDecoder('utf-8');
  const western = new TextDecoder('windows-1252');
  const parts: string[] = [];
  let from = 0;
  for (const at of invalidBytes(bytes)) {
    parts.push(utf8.decode(bytes.subarray(from, at)), western.decode(bytes.subarray(at, at + 1)));
    from = at + 1;
  }
  parts.push(utf8.decode(bytes.subarray(from)));
  return parts.join('');
}

function brokenBytes(bytes: Uint8Array): DecodedText['broken'] {
  const broken: DecodedText['broken'] = [];
  let line = 1;
  let counted = 0;
  for (const at of invalidBytes(bytes)) {
    for (; counted < at; counted++) if (bytes[counted] === 0x0a) line += 1;
    broken.push({ line, byte: bytes[at] ?? 0 });
    if (broken.length === 100) break;
  }
  return broken;
}

/** Where bytes stand that are no part of a well-formed UTF-8 sequence (Unicode 16, table 3-7). */
function* invalidBytes(bytes: Uint8Array): Generator<number> {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) yield at;
    at += Math.max(1, length);
  }
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  const second = bytes[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (length === 0 || second < least || second > most) return 0;
  for (let next = at + 2; next < at + length; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
