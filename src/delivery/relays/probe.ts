import { TLSSocket } from 'node:tls';
import { readCapabilities } from './capabilities.ts';
import { connectionTo, readSmtpUrl } from './smtp-url.ts';

/** What a relay says of itself before any mail. */
export interface RelayProbe {
  /** `smtp.provider.example:587`. */
  name: string;
  /** `TLSv1.3`; null: the line is not encrypted. */
  tls: string | null;
  /** Whether it took our login; null: SMTP_URL has none. */
  login: boolean | null;
  /** EHLO keywords with their parameters (RFC 5321 §4.1.1.1): `SIZE 35882577`, `8BITMIME`. */
  capabilities: string[];
  /** What it calls itself in its answer to EHLO. */
  host: string | null;
  /** The time in its greeting, where it tells one: `Tue, 24 Nov 2026 07:00:00 +0000`. */
  date: string | null;
  /** Largest message it takes, bytes (RFC 1870); null: not said. */
  size: number | null;
}

/**
 * Connects, greets, encrypts and logs in as the sender would, and leaves again.
 * @throws the fault as Nodemailer gives it: `code`, `response`, `message`.
 */
export async function probeRelay(
  url: string,
  { within = 10_000, name }: { within?: number; name?: string } = {},
): Promise<RelayProbe> {
  const settings = readSmtpUrl(url);
  let greeting = '';
  const connection = connectionTo(settings, {
    connectionTimeout: within,
    greetingTimeout: within,
    socketTimeout: within,
    ...(name === undefined ? {} : { name }),
    ...hearing((said) => {
      greeting ||= said;
    }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject);
      connection.on('end', () => reject(new Error('it closed the line')));
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    // The answer to the last EHLO: the encrypted one, where there were two.
    const answer = connection.lastServerResponse || '';
    const capabilities = readCapabilities(answer);
    const socket = connection._socket;
    const auth = settings.auth;
    if (auth !== null) {
      await new Promise<void>((resolve, reject) => {
        connection.on('error', reject);
        connection.login({ credentials: auth }, (error) => (error ? reject(error) : resolve()));
      });
    }
    const size = Number(capabilities.find((each) => each.startsWith('SIZE '))?.slice(5)) || null;
    return {
      name: settings.name,
      tls: socket instanceof TLSSocket ? socket.getProtocol() : null,
      login: auth === null ? null : true,
      capabilities,
      host: /^250[- ]([\w.-]+)/.exec(answer)?.[1]?.toLowerCase() ?? null,
      date:
        /[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} (?:[+-]\d{4}|GMT|UTC)/.exec(greeting)?.[0] ??
        null,
      size,
    };
  } finally {
    connection.on('error', () => {});
    connection.quit();
    connection.close();
  }
}

/** Nodemailer keeps no greeting: it is told to a logger. */
function hearing(hear: (said: string) => void) {
  const debug = ({ tnx }: { tnx?: string }, said: unknown) => {
    if (tnx === 'server') hear(String(said));
  };
  const nothing = () => {};
  return {
    transactionLog: true,
    logger: {
      debug,
      trace: nothing,
      info: nothing,
      warn: nothing,
      error: nothing,
      fatal: nothing,
      level: nothing,
    },
  };
}
