import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { belongsHere, deadLinks, isProof } from '../installation.ts';
import { isLoopback } from '../loopback.ts';
import { type Check, done, failed, look } from './check.ts';

/** The key that signs links, where the database belongs, and whether the pages behind the links answer. */
export async function checkAddresses(context: Context, { online }: { online: boolean }): Promise<Check[]> {
  return [await checkSecret(context), ...(await checkPages(context, online))];
}

async function checkSecret(context: Context): Promise<Check> {
  const sending = await belongsHere(context);
  if (sending.allowed) return done('secret', 'signs links, and is the one this database knows');
  return failed('secret', sending.found, sending.todo);
}

async function checkPages({ config, secrets }: Context, online: boolean): Promise<Check[]> {
  const { publicUrl } = config;
  const url = new URL(publicUrl);
  const dead = deadLinks({ config, secrets });
  if (dead !== null) return [failed('pages', dead.found, dead.todo)];
  const local = isLoopback(url.hostname);
  const plain: Check[] =
    local && secrets.smtpUrls.some((smtpUrl) => smtpUrl !== 'inbox:')
      ? [
          look(
            'pages',
            `${publicUrl} is this machine only: if its mail server carries mail on, readers could not leave`,
            'set PUBLIC_URL to the address that readers can open',
          ),
        ]
      : local || url.protocol === 'https:'
        ? []
        : [
            look(
              'pages',
              `${publicUrl} is not https: one-click leaving needs it (RFC 8058)`,
              'put a proxy with a certificate in front',
            ),
          ];
  if (!online) return plain;
  return [...plain, await askServer(publicUrl, secrets.secretKey, { local })];
}

/** Another server may answer there, and readers' links would lead to it: this one proves itself by our key. */
async function askServer(
  publicUrl: string,
  secretKey: string | null,
  { local }: { local: boolean },
): Promise<Check> {
  const nonce = randomBytes(16).toString('hex');
  let answer: Answer;
  try {
    answer = await askForProof(`${publicUrl}/healthz?nonce=${nonce}`);
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    return look('pages', `${publicUrl} does not answer: ${cause}`, 'broadsheet start');
  }
  if (secretKey === null) {
    return look('pages', `${publicUrl} answers; whether it is this server cannot be told`, 'set SECRET_KEY');
  }
  if (isProof(answer.proof, secretKey, nonce))
    return done('pages', `${publicUrl} answers, and is this server`);
  const said = answer.status === 200 ? '' : ` (${answer.status})`;
  return failed(
    'pages',
    `${publicUrl} answers${said}, but it is another server, or runs with another SECRET_KEY`,
    answer.location !== null
      ? `it leads on to ${new URL(answer.location, publicUrl).origin}: set PUBLIC_URL to where the pages are`
      : local
        ? 'if another program has this port: set PORT (PUBLIC_URL follows it unless it is set)'
        : 'does PUBLIC_URL, and the proxy behind it, lead to this Broadsheet?',
  );
}

interface Answer {
  status: number;
  location: string | null;
  proof: unknown;
}

async function askForProof(url: string): Promise<Answer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'manual' });
  const text = await firstPart(answer);
  const location = answer.headers.get('location');
  try {
    return {
      status: answer.status,
      location,
      proof: (JSON.parse(text) as { proof?: unknown } | null)?.proof,
    };
  } catch {
    return { status: answer.status, location, proof: undefined };
  }
}

/** Our own answer has some hundred bytes; whatever else answers may send for ever. */
async function firstPart(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > 2000) break;
  }
  return text;
}
