import { hash, type KeyObject, sign } from 'node:crypto';
import type { DkimKey } from './keys.ts';

/** RFC 6376 section 5.4.1, and what mailbox providers ask to be signed (RFC 8058 section 4). */
const SIGNED = [
  'from',
  'to',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-language',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-help',
  'list-archive',
  'list-post',
  'feedback-id',
  'auto-submitted',
  'cfbl-address',
];

/** Named once more than they are there, so that nobody adds a second one (RFC 6376 section 8.15). */
const OVERSIGNED = new Set(['from', 'to', 'subject', 'date', 'reply-to', 'message-id', 'content-type']);

/**
 * Signs a message with every key: `DKIM-Signature` lines that go before it, relaxed/relaxed (RFC 6376). The
 * signing itself runs off the event loop.
 * @param raw CRLF lines whose body is its own relaxed form: no white space that could be folded, one CRLF at its
 * end. Our encodings make only such (`messages/quoted-printable.ts`).
 * @returns the lines, each with its CRLF.
 */
export async function dkimSignatures(raw: Buffer, keys: DkimKey[]): Promise<string> {
  const bodyAt = raw.indexOf('\r\n\r\n') + 4;
  const bodyHash = hash('sha256', raw.subarray(bodyAt), 'base64');
  const headers = relaxedHeaders(raw.toString('latin1', 0, bodyAt - 2));
  const names: string[] = [];
  let signed = '';
  for (const name of SIGNED) {
    const values = headers.get(name) ?? [];
    // The last one of a name comes first (section 5.4.2).
    for (const value of values.toReversed()) {
      names.push(name);
      signed += `${name}:${value}\r\n`;
    }
    if (OVERSIGNED.has(name)) names.push(name);
  }
  const signatures = await Promise.all(keys.map((key) => signature(key, names, signed, bodyHash)));
  return signatures.join('');
}

async function signature(key: DkimKey, names: string[], signed: string, bodyHash: string): Promise<string> {
  const tags =
    `v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain};\r\n` +
    ` s=${key.selector}; bh=${bodyHash};\r\n` +
    ` h=${foldedNames(names)};\r\n b=`;
  const data = Buffer.from(`${signed}dkim-signature:${tags.replaceAll('\r\n ', ' ')}`, 'latin1');
  const value = await signed64(key, data);
  return `DKIM-Signature: ${tags}${value.replace(/.{72}(?=.)/g, '$&\r\n ')}\r\n`;
}

/** Ed25519 signs the hash of what is signed (RFC 8463 section 3). */
function signed64({ algorithm, handles }: DkimKey, data: Buffer): Promise<string> {
  const handle = turn(handles);
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, value: Buffer) =>
      error ? reject(error) : resolve(value.toString('base64'));
    if (algorithm === 'rsa-sha256') sign('sha256', data, handle, done);
    else sign(null, hash('sha256', data, 'buffer'), handle, done);
  });
}

/** Each time another one: signing with a single key object runs one after the other. */
function turn(handles: KeyObject[]): KeyObject {
  const first = handles.shift() as KeyObject;
  handles.push(first);
  return first;
}

/** Header values by name in relaxed form (RFC 6376 section 3.4.2), in the order in which they stand. */
function relaxedHeaders(head: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    const value = line
      .slice(colon + 1)
      .replace(/[ \t]+/g, ' ')
      .trim();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  return headers;
}

/** Lines of at most 78 columns, broken after a colon, which is folding white space there (section 3.5). */
function foldedNames(names: string[]): string {
  let line = 3;
  return names
    .map((name, at) => {
      const text = at === names.length - 1 ? name : `${name}:`;
      const fold = line + text.length > 76;
      line = fold ? 1 + text.length : line + text.length;
      return fold ? `\r\n ${text}` : text;
    })
    .join('');
}
