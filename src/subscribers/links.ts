import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../config.ts';
import type { AccessPurpose } from '../notices/notice.ts';
import { RefusedError } from '../refused-error.ts';

/** What a link lets its holder do; part of what is signed, so that no link opens another door. */
export type Purpose = 'confirm' | 'leave' | 'choices' | 'new-address' | AccessPurpose;

export interface LinkTarget {
  purpose: Purpose;
  /** The subscriber's random token. */
  subscriber: string;
  /** Slug. */
  newsletter: string;
  /** ms UTC after which it opens nothing; null: for ever (leaving and choices). */
  expires: number | null;
  /** Token of the notice that carries it, where the link opens more than a forwarded copy may: only with `expires`. */
  notice?: string;
}

/** Signs with the first key, accepts all: former keys keep the links of old mail alive. */
export interface LinkKeys {
  signing: Buffer;
  accepted: Buffer[];
}

/** @throws RefusedError when SECRET_KEY is not set. */
export function linkKeys(secrets: Pick<Secrets, 'secretKey' | 'secretKeysOld'>): LinkKeys {
  if (secrets.secretKey === null) {
    throw new RefusedError(
      'SECRET_KEY is not set, so no link can be signed. Make one with: openssl rand -hex 32',
    );
  }
  const accepted = [secrets.secretKey, ...secrets.secretKeysOld].map(derive);
  return { signing: accepted[0] as Buffer, accepted };
}

function derive(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'broadsheet links', 32));
}

/** The opaque last part of a link: `TOKEN.newsletter.purpose[.expires[.NOTICE]].signature`, safe in a URL. */
export function signLink(keys: LinkKeys, target: LinkTarget): string {
  const body = linkBody(target);
  return `${body}.${signature(keys.signing, body)}`;
}

/** What a link names; null when its signature is wrong, it is for something else, or it has expired at `now`. */
export function openLink(
  keys: LinkKeys,
  link: string,
  purposes: Purpose | readonly Purpose[],
  now: Temporal.Instant,
): LinkTarget | null {
  const end = link.lastIndexOf('.');
  const body = link.slice(0, end);
  const given = Buffer.from(link.slice(end + 1));
  const signed = keys.accepted.some((key) => {
    const expected = Buffer.from(signature(key, body));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  if (end < 0 || !signed) return null;
  const [subscriber, newsletter, named, expires, notice] = body.split('.');
  const purpose = [purposes].flat().find((each) => each === named);
  if (subscriber === undefined || newsletter === undefined || purpose === undefined) return null;
  const target = {
    purpose,
    subscriber,
    newsletter,
    expires: expires === undefined ? null : Number(expires),
    ...(notice !== undefined && { notice }),
  };
  return target.expires !== null && target.expires < now.epochMilliseconds ? null : target;
}

function linkBody({ purpose, subscriber, newsletter, expires, notice }: LinkTarget): string {
  const parts = [subscriber, newsletter, purpose, expires, notice];
  return parts.filter((part) => part !== null && part !== undefined).join('.');
}

/** 128 bits of HMAC-SHA-256: more than anyone can guess, short enough for a mail. */
function signature(key: Buffer, body: string): string {
  return createHmac('sha256', key).update(body).digest().subarray(0, 16).toString('base64url');
}
