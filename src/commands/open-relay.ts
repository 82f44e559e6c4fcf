import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { Relay } from '../delivery/relay.ts';
import { nodemailerRelay } from '../delivery/relays/nodemailer.ts';
import { RefusedError } from '../refused-error.ts';

/**
 * The relay that SMTP_URL names.
 * @throws RefusedError when it is not set.
 */
export function openRelay({ config, secrets }: Pick<Context, 'config' | 'secrets'>): Relay {
  if (secrets.smtpUrl === null) {
    throw new RefusedError(
      'No relay is set: editions wait, nothing is lost. Set SMTP_URL (smtp://user:password@host:587, or inbox: for the built-in inbox).',
    );
  }
  return nodemailerRelay(relayUrl(secrets.smtpUrl, config), {
    connections: config.relayConnections,
    name: new URL(config.publicUrl).hostname,
  });
}

/** SMTP_URL as an address that can be connected to: `inbox:` is the built-in inbox of a running `start`. */
export function relayUrl(smtpUrl: string, { inboxSmtpPort }: Pick<Config, 'inboxSmtpPort'>): string {
  return smtpUrl === 'inbox:' ? `smtp://127.0.0.1:${inboxSmtpPort}` : smtpUrl;
}
