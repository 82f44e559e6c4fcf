import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { isLoopback } from '../../loopback.ts';
import { RefusedError } from '../../refused-error.ts';

/** What SMTP_URL says, and what follows from it. */
export interface SmtpSettings {
  name: string;
  host: string;
  port: number;
  secure: boolean;
  requireTls: boolean;
  loopback: boolean;
  auth: { user: string; pass: string } | null;
}

/** Reads `smtp://user:password@host:port`. @throws RefusedError when it is none of SMTP. */
export function readSmtpUrl(text: string): SmtpSettings {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw new RefusedError('SMTP_URL: expected smtp://user:password@host:587 or smtps://user:password@host');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'smtps:';
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  const loopback = isLoopback(host);
  const auth =
    url.username === ''
      ? null
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  return {
    name: `${url.hostname}:${port}`,
    host,
    port,
    secure,
    requireTls: !secure && !loopback && (port === 587 || auth !== null),
    loopback,
    auth,
  };
}

/** A connection that is not open yet, under the same rules for sending and for a look at the relay. Times in ms. */
export function connectionTo(
  { host, port, secure, requireTls, loopback }: SmtpSettings,
  options: Pick<
    SMTPConnection.Options,
    'connectionTimeout' | 'greetingTimeout' | 'socketTimeout' | 'name' | 'logger' | 'transactionLog'
  >,
): SMTPConnection {
  return new SMTPConnection({
    host,
    port,
    secure,
    requireTLS: requireTls,
    // A mail server on this machine has a certificate for another name, and nobody stands between.
    tls: { rejectUnauthorized: !loopback, minVersion: 'TLSv1.2' },
    allowInternalNetworkInterfaces: true,
    ...options,
  });
}
