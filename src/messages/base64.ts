import { fieldText, type MergeField, type MergeValues, type Part, type Piece } from './merge-field.ts';

/** RFC 2045 section 6.8. */
const COLUMNS = 76;

/** Words that all readers share, encoded three times: with 0, 1 or 2 of their first bytes lent to what stands before. */
interface Shared {
  bytes: Buffer;
  phases: Array<{ encoded: Buffer; rest: Buffer }>;
}

/**
 * A body in base64, encoded once. Base64 goes by threes of bytes, so a recipient's own words borrow what is missing to
 * three from the piece after them, and take what was left over from the piece before.
 * @returns adds the body of one recipient to `chunks`: bytes that are shared and strings that are not (ASCII).
 */
export function prepareBase64(
  pieces: Piece[],
  part: Part,
): (values: MergeValues, chunks: Array<Buffer | string>) => void {
  const runs = runsOf(pieces).map((run) => (Array.isArray(run) ? run : shared(run)));
  return (values, chunks) => {
    let rest: Buffer = NOTHING;
    let lent = 0;
    runs.forEach((run, index) => {
      if (!Array.isArray(run)) {
        const phase = run.phases[lent] as Shared['phases'][number];
        chunks.push(phase.encoded);
        rest = phase.rest;
        lent = 0;
        return;
      }
      const own = Buffer.from(
        run.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.field, values, part))).join(''),
      );
      const next = runs[index + 1] as Shared | undefined;
      lent = next === undefined ? 0 : (3 - ((rest.length + own.length) % 3)) % 3;
      const borrowed = next?.bytes.subarray(0, lent) ?? NOTHING;
      chunks.push(inLines(Buffer.concat([rest, own, borrowed])));
      rest = NOTHING;
    });
    if (rest.length > 0) chunks.push(inLines(rest));
  };
}

/** `text` in base64, in lines of 76 columns with CRLF. */
export function base64(text: string): string {
  return inLines(Buffer.from(canonical(text)));
}

const NOTHING = Buffer.alloc(0);

/** Shared pieces, and between them what is made per recipient: fields, with shared pieces too short to lend from. */
function runsOf(pieces: Piece[]): Array<string | Piece[]> {
  const runs: Array<string | Piece[]> = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    const text = typeof piece === 'string' ? canonical(piece) : piece;
    if (typeof text === 'string' && (!Array.isArray(last) || Buffer.byteLength(text) > 2)) runs.push(text);
    else if (Array.isArray(last)) last.push(text);
    else runs.push([text]);
  }
  return runs;
}

function shared(text: string): Shared {
  const bytes = Buffer.from(text);
  const phases = [0, 1, 2].map((lent) => {
    const whole = bytes.length - ((bytes.length - lent) % 3);
    return {
      encoded: Buffer.from(inLines(bytes.subarray(lent, whole)), 'latin1'),
      rest: bytes.subarray(whole),
    };
  });
  return { bytes, phases };
}

/** Text in MIME ends its lines with CRLF before it is encoded (RFC 2045 section 6.8). */
function canonical(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

function textOf(field: MergeField, values: MergeValues, part: Part): string {
  return canonical(fieldText(field, values, part));
}

function inLines(bytes: Buffer): string {
  let lines = '';
  // 57 bytes are 76 columns.
  for (let at = 0; at < bytes.length; at += (COLUMNS / 4) * 3) {
    lines += `${bytes.toString('base64', at, Math.min(at + (COLUMNS / 4) * 3, bytes.length))}\r\n`;
  }
  return lines;
}
