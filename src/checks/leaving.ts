import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { listNewsletters } from '../newsletters/newsletter.ts';
import { linkKeys, signLink } from '../subscribers/links.ts';
import { type Check, done, failed, look } from './check.ts';

/**
 * Whether readers' mail programs can leave in one click (RFC 8058 section 3.1): the POST that they make, in both its
 * forms, for a reader who does not exist.
 * @param addresses what was found of the pages: while they fail, whoever answers would be blamed for no fault of theirs.
 */
export async function checkLeaving({ db, config, secrets }: Context, addresses: Check[]): Promise<Check[]> {
  const [newsletter] = await listNewsletters(db);
  if (newsletter === undefined || secrets.secretKey === null) return [];
  if (addresses.some(({ thing, mark }) => thing === 'pages' && mark === 'failed'))
    return [
      look('leaving', 'not tried: the pages do not answer as they should', 'mend pages, then check again'),
    ];
  const link = signLink(linkKeys(secrets), {
    purpose: 'leave',
    subscriber: randomBytes(16).toString('hex'),
    newsletter: newsletter.slug,
    expires: null,
  });
  const url = `${config.publicUrl}/u/${link}`;
  const multipart = new FormData();
  multipart.append('List-Unsubscribe', 'One-Click');
  const forms = [
    { name: 'urlencoded', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) },
    { name: 'multipart', body: multipart },
  ];
  const answers = await Promise.all(
    forms.map(async ({ name, body }) => ({ name, answer: await post(url, body) })),
  );
  // That nothing answers at all is said of the pages.
  if (answers.every(({ answer }) => answer === null)) return [];
  const wrong = answers.find(({ answer }) => answer?.status !== 200);
  if (wrong === undefined) {
    const scheme = new URL(url).protocol.slice(0, -1);
    return [done('leaving', `one-click POST over ${scheme} answers 200 (with a made-up reader)`)];
  }
  const { answer, name } = wrong;
  const to = answer?.location ? ` to ${new URL(answer.location, url).origin}` : '';
  const found = `one-click POST (${name}) answers ${answer?.status ?? 'nothing'}${to} instead of 200`;
  const todo = answer?.location
    ? 'mail programs follow no redirect: set PUBLIC_URL to where it leads, or let the proxy pass it on'
    : 'let the proxy pass POST /u/… on to Broadsheet as it is, without a login or a check of its own';
  return [failed('leaving', found, todo)];
}

async function post(
  url: string,
  body: URLSearchParams | FormData,
): Promise<{ status: number; location: string | null } | null> {
  try {
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(url, { method: 'POST', body, redirect: 'manual', signal });
    await answer.body?.cancel();
    return { status: answer.status, location: answer.headers.get('location') };
  } catch {
    return null;
  }
}
