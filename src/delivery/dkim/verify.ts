import { hash, type KeyObject, verify } from 'node:crypto';

/**
 * Whether the signature of `selector` on a message is good under a public key (RFC 6376 section 6.1), for what we sign:
 * relaxed/relaxed, SHA-256. Written apart from the signing, so that it finds what is wrong there.
 */
export function verifySignature(raw: Buffer, selector: string, publicKey: KeyObject): boolean {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw
    .toString('latin1', 0, end)
    .split(/\r\n(?![ \t])/)
    .map(readHeader);
  const own = headers.find(
    ({ name, value }) => name === 'dkim-signature' && tagsOf(value).s === selector.toLowerCase(),
  );
  if (own === undefined) return false;
  const { h = '', bh, b = '' } = tagsOf(own.value);
  if (hash('sha256', relaxedBody(raw.subarray(end + 4)), 'base64') !== bh) return false;
  const unsigned = { name: own.name, value: own.value.replace(/(^|;)(\s*b\s*=)[^;]*/, '$1$2') };
  const signed = [...pick(headers, h.toLowerCase().split(':')), unsigned].map(relaxed).join('\r\n');
  const data = Buffer.from(signed, 'latin1');
  const signature = Buffer.from(b, 'base64');
  return publicKey.asymmetricKeyType === 'ed25519'
    ? verify(null, hash('sha256', data, 'buffer'), publicKey, signature)
    : verify('sha256', data, publicKey, signature);
}

interface Header {
  name: string;
  value: string;
}

function readHeader(line: string): Header {
  const colon = line.indexOf(':');
  return { name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1) };
}

function tagsOf(value: string): Record<string, string> {
  return Object.fromEntries(
    value.split(';').map((tag) => {
      const at = tag.indexOf('=');
      return [tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s+/g, '')];
    }),
  );
}

/** Those that are named, from the last of a name upwards; named once more than they are there they are nothing (5.4.2). */
function pick(headers: Header[], names: string[]): Header[] {
  const left = [...headers];
  return names.flatMap((name) => {
    const at = left.findLastIndex((header) => header.name === name);
    return at < 0 ? [] : left.splice(at, 1);
  });
}

/** Section 3.4.2. */
function relaxed({ name, value }: Header): string {
  const text = value.replace(/\r\n/g, '').replace(/[ \t]+/g, ' ');
  return `${name}:${text.trim()}`;
}

/** Section 3.4.4. */
function relaxedBody(body: Buffer): Buffer {
  const lines = body
    .toString('latin1')
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  const text = lines.join('\r\n').replace(/(\r\n)+$/, '');
  return Buffer.from(text === '' ? '' : `${text}\r\n`, 'latin1');
}
