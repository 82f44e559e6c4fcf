import { createLog, type Log } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { createMailbox, type ReceivedMessage } from './mailbox.ts';
import { startPages } from './pages.ts';
import { startSmtp } from './smtp.ts';

/** A mail server and a page to read it: mail that goes in here never leaves this machine. */
export interface Inbox extends AsyncDisposable {
  /** What SMTP_URL would be: `smtp://127.0.0.1:1025`. */
  smtpUrl: string;
  /** Where a person reads it: `http://127.0.0.1:8025`. */
  pageUrl: string;
  /** What came, newest first: the last 2,000, at most 64 MB. */
  messages: () => ReceivedMessage[];
}

export interface InboxOptions {
  /** A loopback address; nothing else is accepted. */
  host?: string;
  /** 0: any free port. */
  smtpPort?: number;
  pagePort?: number;
  now?: () => Temporal.Instant;
  log?: Log;
}

/**
 * Starts the built-in inbox.
 * @throws RefusedError when a port is taken, or when `host` could be reached from other machines.
 */
export async function startInbox({
  host = '127.0.0.1',
  smtpPort = 0,
  pagePort = 0,
  now = () => Temporal.Now.instant(),
  log = createLog('silent', { pretty: false }),
}: InboxOptions = {}): Promise<Inbox> {
  if (!LOOPBACK.has(host)) {
    throw new RefusedError(
      `The inbox shows everybody's mail, so it listens only on 127.0.0.1, not on ${host}.`,
    );
  }
  const mailbox = createMailbox();
  const smtp = await startSmtp(mailbox, { host, port: smtpPort, now, log }).catch(refusePort(smtpPort));
  const smtpUrl = `smtp://${hostInUrl(host)}:${smtp.port}`;
  try {
    const pages = await startPages(mailbox, { host, port: pagePort, smtpUrl }).catch(refusePort(pagePort));
    return {
      smtpUrl,
      pageUrl: `http://${hostInUrl(host)}:${pages.port}`,
      messages: mailbox.list,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([smtp.close(), pages.close()]);
      },
    };
  } catch (error) {
    await smtp.close();
    throw error;
  }
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function refusePort(port: number): (error: unknown) => never {
  return (error) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE') throw error;
    throw new RefusedError(
      `Port ${port} is taken, so the inbox cannot start: is Broadsheet (or another mail catcher) already running?`,
      { cause: error },
    );
  };
}
