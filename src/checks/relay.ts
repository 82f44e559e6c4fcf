import type { Context } from '../context.ts';
import { probeRelay } from '../delivery/relays/probe.ts';
import { maskUrl } from '../log.ts';
import { type Check, done, failed, look } from './check.ts';

/** Connects to the relay as the sender would, without sending anything. */
export async function checkRelay(
  { config, secrets }: Context,
  { online, url }: { online: boolean; url: string | null },
): Promise<Check[]> {
  if (secrets.smtpUrl === null || url === null) {
    return [
      failed(
        'relay',
        'none is set: editions wait, nothing is lost',
        'set SMTP_URL, for example smtp://user:password@host:587',
      ),
    ];
  }
  const inbox = secrets.smtpUrl === 'inbox:';
  const name = inbox ? 'the built-in inbox' : maskUrl(secrets.smtpUrl);
  if (!online) return [done('relay', `${name} (not tried)`)];
  try {
    const probe = await probeRelay(url, { name: new URL(config.publicUrl).hostname });
    if (inbox) return [done('relay', `${name} takes mail; none of it leaves this machine`)];
    const parts = [
      probe.tls ?? 'not encrypted',
      ...(probe.login ? ['login accepted'] : []),
      ...probe.capabilities.filter((each) => /^(PIPELINING|8BITMIME|SMTPUTF8|DSN)$/.test(each)),
      ...(probe.size === null ? [] : [`up to ${Math.round(probe.size / 1e6)} MB`]),
    ];
    const found = `${probe.name}  ${parts.join(', ')}`;
    if (probe.tls === null && !isLoopback(secrets.smtpUrl)) {
      return [look('relay', found, 'everybody on the way can read the mail: use port 587 or smtps://')];
    }
    return [done('relay', found)];
  } catch (error) {
    if (inbox) return [look('relay', `${name} is not running`, 'broadsheet start')];
    const fault = error as { code?: string; response?: string; message: string };
    return [failed('relay', `${name}  ${fault.response || fault.message}`, whatToDo(fault, secrets.smtpUrl))];
  }
}

function whatToDo({ code, message }: { code?: string; message: string }, smtpUrl: string): string {
  const { port } = new URL(smtpUrl);
  if (code === 'EAUTH')
    return 'check user and password in SMTP_URL (characters such as @ and / must be written %40, %2F)';
  if (/wrong version number/i.test(message))
    return 'this port encrypts only after STARTTLS: write smtp:// instead of smtps://';
  if (/certificate|self.signed/i.test(message))
    return 'its certificate is not for this name: use the name that the provider gives';
  if (port === '25' && /ETIMEDOUT|ECONN|timeout/i.test(`${code} ${message}`))
    return 'your provider seems to block port 25; use 587';
  if (/ENOTFOUND|EDNS|getaddrinfo/i.test(`${code} ${message}`))
    return 'there is no such host: check the name in SMTP_URL';
  return 'check host and port in SMTP_URL, and that this machine may reach it';
}

function isLoopback(smtpUrl: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(smtpUrl).hostname);
}
