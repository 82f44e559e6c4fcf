import type { Context } from '../context.ts';
import { sendingAllowed } from '../installation.ts';
import { type Check, done, failed, look } from './check.ts';

/** The key that signs links, where the database belongs, and whether the pages behind the links answer. */
export async function checkAddresses(context: Context, { online }: { online: boolean }): Promise<Check[]> {
  return [await checkSecret(context), ...(await checkPages(context, online))];
}

async function checkSecret(context: Context): Promise<Check> {
  const sending = await sendingAllowed(context);
  if (sending.allowed) return done('secret', 'signs links, and is the one this database knows');
  return failed('secret', sending.found, sending.todo);
}

async function checkPages({ config, secrets }: Context, online: boolean): Promise<Check[]> {
  const { publicUrl } = config;
  const url = new URL(publicUrl);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const real = secrets.smtpUrl !== null && secrets.smtpUrl !== 'inbox:';
  if (local && real) {
    return [
      failed(
        'pages',
        `${publicUrl} is this machine only: readers could not leave`,
        'set PUBLIC_URL to the address that readers can open',
      ),
    ];
  }
  const plain: Check[] =
    local || url.protocol === 'https:'
      ? []
      : [
          look(
            'pages',
            `${publicUrl} is not https: one-click leaving needs it (RFC 8058)`,
            'put a proxy with a certificate in front',
          ),
        ];
  if (!online) return plain;
  try {
    const answer = await fetch(`${publicUrl}/healthz`, {
      signal: AbortSignal.timeout(10_000),
      redirect: 'manual',
    });
    await answer.body?.cancel();
    if (answer.ok) return [...plain, done('pages', `${publicUrl} answers`)];
    return [
      ...plain,
      failed('pages', `${publicUrl}/healthz answers ${answer.status}`, 'does the proxy lead to Broadsheet?'),
    ];
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    return [...plain, look('pages', `${publicUrl} does not answer: ${cause}`, 'broadsheet start')];
  }
}
