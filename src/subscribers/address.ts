import { createHmac } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Db } from '../database/connect.ts';
import { RefusedError } from '../refused-error.ts';

/** RFC 5321 §4.5.3.1, in octets: the local part, and a path of 256 less its angle brackets. */
const LONGEST_LOCAL_PART = 64;
const LONGEST_ADDRESS = 254;

/**
 * An address as somebody typed it, without the blanks around it.
 * @throws RefusedError saying what is wrong with it.
 */
export function parseAddress(text: string): string {
  const email = trimAddress(text);
  const fault = addressFault(email);
  if (fault === null) return email;
  throw new RefusedError(
    email === '' ? 'Expected a mail address, found nothing.' : `“${email}” is not a mail address: ${fault}.`,
  );
}

/** Takes off what pasting brings along: blanks, and marks that nobody sees. */
export function trimAddress(text: string): string {
  return text.replace(/^[\s\u200B-\u200F\u2060\uFEFF]+|[\s\u200B-\u200F\u2060\uFEFF]+$/gu, '');
}

/**
 * Why nobody can be written to at `email`, in a few words; null when it is well formed. Pragmatic RFC 5321:
 * dot-atoms with letters of every script (RFC 6531), domains with a dot; no quoted local parts and no IP
 * addresses, which only mistakes and attacks contain.
 */
export function addressFault(email: string): string | null {
  if (/[\p{C}\p{Z}]/u.test(email)) return 'it contains a blank or an invisible character';
  const at = email.lastIndexOf('@');
  if (at < 0) return 'it has no @';
  const local = email.slice(0, at);
  if (local === '') return 'nothing stands before the @';
  if (local.includes('@')) return 'it has more than one @';
  if (Buffer.byteLength(local) > LONGEST_LOCAL_PART) return 'more than 64 characters stand before the @';
  if (!DOT_ATOM.test(local)) return 'a dot or a sign before the @ cannot stand there';
  const domain = asciiDomain(email.slice(at + 1));
  if (domain === null) return 'what follows the @ is not a domain such as news.example';
  if (Buffer.byteLength(local) + 1 + domain.length > LONGEST_ADDRESS)
    return 'it has more than 254 characters';
  return null;
}

/**
 * What makes two spellings the same address: NFC, lower case, the domain in ASCII. Dots and `+tag` stay: only the
 * mailbox's own provider knows what they mean.
 */
export function addressKey(email: string): string {
  const folded = trimAddress(email).normalize('NFC').toLowerCase();
  const at = folded.lastIndexOf('@');
  return `${folded.slice(0, at)}@${asciiDomain(folded.slice(at + 1)) ?? folded.slice(at + 1)}`.normalize(
    'NFC',
  );
}

/** What follows the @, as addresses are compared. */
export function domainOf(email: string): string {
  return addressKey(email).split('@').at(-1) ?? '';
}

/** The mailbox provider behind an address, as limits and breakers count it; `other` when its name does not tell. */
export function laneOf(email: string): string {
  const domain = domainOf(email);
  return PROVIDERS.find(([, pattern]) => pattern.test(domain))?.[0] ?? 'other';
}

/** What a suppression stores of an address: nobody without the key can tell whose it is. */
export function suppressionHash(key: string, address: string): string {
  return createHmac('sha256', key).update(address).digest('base64url');
}

/** The key of suppressionHash: made with the database, never changed. */
export async function suppressionKey(db: Db): Promise<string> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'suppression_key')
    .executeTakeFirstOrThrow();
  return row.value;
}

/** RFC 5322 §3.2.3 with the letters of RFC 6531 §3.3. */
const DOT_ATOM = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+)*$/u;

/** Domains whose name tells the provider; families that share one intake are one lane. */
const PROVIDERS: ReadonlyArray<[lane: string, domain: RegExp]> = [
  ['gmail', /^(gmail|googlemail)\.com$/],
  ['outlook', /^((outlook|hotmail|live)\.[a-z.]+|msn\.com|windowslive\.com|passport\.com)$/],
  ['yahoo', /^((yahoo|ymail|rocketmail|myyahoo)\.[a-z.]+|sky\.com)$/],
  ['aol', /^(aol\.[a-z.]+|aim\.com|verizon\.net|netscape\.net)$/],
  ['icloud', /^(icloud|me|mac)\.com$/],
  ['gmx', /^(gmx\.[a-z.]+|web\.de|mail\.com)$/],
  ['protonmail', /^(protonmail\.(com|ch)|proton\.me|pm\.me)$/],
  ['t-online', /^(t-online|magenta)\.de$/],
  ['orange', /^(orange|wanadoo)\.fr$/],
  ['free', /^(free|aliceadsl)\.fr$/],
  ['comcast', /^(comcast\.net|xfinity\.com)$/],
  ['yandex', /^(yandex\.[a-z.]+|ya\.ru)$/],
  ['mail.ru', /^(mail|bk|inbox|list|internet)\.ru$/],
  ['qq', /^(qq|foxmail)\.com$/],
  ['netease', /^(163\.com|126\.com|yeah\.net)$/],
  ['naver', /^naver\.com$/],
];

/** A domain as mail servers know it (RFC 5890 A-labels); null when it is none, or an IP address. */
function asciiDomain(domain: string): string | null {
  // What the URL parser would decode (`%61`) or repair is not part of any domain.
  if (!/^[\p{L}\p{M}\p{N}.\u3002-]+$/u.test(domain)) return null;
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  // The last label is never a number (RFC 3696 §2): that would be an IP address.
  return wellFormed && labels.length > 1 && /[a-z]/.test(labels.at(-1) ?? '') ? ascii : null;
}
