import { resolve } from 'node:path';
import { z } from 'zod';
import { RefusedError } from './refused-error.ts';

/** Everything an operator can set, checked; nothing secret, so that it can be logged. */
export interface Config {
  /** Where readers' links point, without a slash at the end: `https://news.example`. */
  publicUrl: string;
  /** The web server's own address. */
  host: string;
  port: number;
  /** Whose X-Forwarded-For counts: false, a number of proxies, or their addresses (`TRUST_PROXY`). */
  trustProxy: false | number | string;
  /** Domain of return paths and of the unsubscribe mailto; null: the sender's address, and no mailto. */
  bounceDomain: string | null;
  /** At most so many messages a second and connections at once, per relay. */
  relayRate: number;
  relayConnections: number;
  /** Where the built-in inbox takes mail and shows it, when SMTP_URL is `inbox:`; on this machine only. */
  inboxSmtpPort: number;
  inboxPort: number;
  /** What becomes of a message whose outcome a crash left unknown: sent once more, or left to a person. */
  inDoubt: 'retry' | 'hold';
  /** The operator's own rules for what a relay's replies mean; null: only ours. */
  replyRules: string | null;
  /** How long a stop waits for replies to messages that are on the wire, ms. */
  stopWithin: number;
  /** Whether feeds and pages may be fetched from private addresses (`FETCH_PRIVATE=on`). */
  fetchPrivate: boolean;
  /** Fetched after every slot that ended as it should. */
  heartbeatUrl: string | null;
  /** Hears once of what is wrong, and once when it is over. */
  alertTo: string | null;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** What must never reach a log. */
export interface Secrets {
  /** `sqlite:PATH` or `postgres://…`. */
  databaseUrl: string;
  /** null: no relay is set, editions wait. `inbox:` is the built-in inbox. */
  smtpUrl: string | null;
  /** Signs links. null: not set; nothing that needs a link can be made. */
  secretKey: string | null;
  /** Former keys, whose links still open. */
  secretKeysOld: string[];
}

const onOff = z.enum(['on', 'off'], { error: 'expected on or off' }).transform((value) => value === 'on');
const address = z
  .string()
  .regex(/^[^@\s]+@[^@\s]+$/, { error: 'expected an address such as ops@news.example' });
const webUrl = z.url({ protocol: /^https?$/, error: 'expected an http(s) address' });
const count = (least: number, most: number) =>
  z.coerce
    .number({ error: `expected a number from ${least} to ${most}` })
    .int({ error: 'expected a whole number' })
    .min(least, { error: `expected at least ${least}` })
    .max(most, { error: `expected at most ${most}` });

/** One entry a variable: its form and its default. `.env.example` says the same in words. */
const variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.|postgres(ql)?:\/\/)/, { error: 'expected sqlite:PATH or postgres://…' })
    .default('sqlite:data/broadsheet.sqlite'),
  PUBLIC_URL: webUrl.default('http://localhost:3000').transform((url) => url.replace(/\/+$/, '')),
  HOST: z.string().default('127.0.0.1'),
  PORT: count(0, 65_535).default(3000),
  TRUST_PROXY: z
    .string()
    .default('off')
    .transform((value) => (value === 'off' ? (false as const) : /^\d+$/.test(value) ? Number(value) : value)),
  SECRET_KEY: z
    .string()
    .min(32, { error: 'expected at least 32 characters; make one with: openssl rand -hex 32' })
    .optional(),
  SECRET_KEYS_OLD: z
    .string()
    .default('')
    .transform((value) => value.split(/[\s,]+/).filter((key) => key !== '')),
  SMTP_URL: z
    .string()
    .regex(/^(inbox:|smtps?:\/\/.)/, { error: 'expected smtp://user:password@host:587, smtps://… or inbox:' })
    .optional(),
  SMTP_RATE: count(1, 100_000).default(10),
  SMTP_CONNECTIONS: count(1, 200).default(5),
  INBOX_SMTP_PORT: count(1, 65_535).default(1025),
  INBOX_PORT: count(1, 65_535).default(8025),
  BOUNCE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z0-9-]+$/i, { error: 'expected a domain' })
    .optional(),
  IN_DOUBT: z.enum(['retry', 'hold'], { error: 'expected retry or hold' }).default('retry'),
  REPLY_RULES: z.string().optional(),
  STOP_SECONDS: count(0, 3600).default(20),
  FETCH_PRIVATE: onOff.default(false),
  HEARTBEAT_URL: webUrl.optional(),
  ALERT_TO: address.optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'expected debug, info, warn, error or silent',
    })
    .default('info'),
});

/**
 * Reads the environment; an empty variable counts as not set. The only place that looks at it.
 * @param folder what relative SQLite paths are relative to.
 * @throws RefusedError naming every variable that is wrong, what was found and what was expected.
 */
export function readConfig(env: NodeJS.ProcessEnv, folder: string): { config: Config; secrets: Secrets } {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = variables.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new RefusedError(`Settings (environment or .env) are wrong: ${faults.join('; ')}`);
  }
  const value = parsed.data;
  return {
    config: {
      publicUrl: value.PUBLIC_URL,
      host: value.HOST,
      port: value.PORT,
      trustProxy: value.TRUST_PROXY,
      bounceDomain: value.BOUNCE_DOMAIN?.toLowerCase() ?? null,
      relayRate: value.SMTP_RATE,
      relayConnections: value.SMTP_CONNECTIONS,
      inboxSmtpPort: value.INBOX_SMTP_PORT,
      inboxPort: value.INBOX_PORT,
      inDoubt: value.IN_DOUBT,
      replyRules: value.REPLY_RULES === undefined ? null : resolve(folder, value.REPLY_RULES),
      stopWithin: value.STOP_SECONDS * 1000,
      fetchPrivate: value.FETCH_PRIVATE,
      heartbeatUrl: value.HEARTBEAT_URL ?? null,
      alertTo: value.ALERT_TO ?? null,
      logLevel: value.LOG_LEVEL,
    },
    secrets: {
      databaseUrl: absoluteDatabaseUrl(value.DATABASE_URL, folder),
      smtpUrl: value.SMTP_URL ?? null,
      secretKey: value.SECRET_KEY ?? null,
      secretKeysOld: value.SECRET_KEYS_OLD,
    },
  };
}

function absoluteDatabaseUrl(url: string, folder: string): string {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  return path === undefined || path === ':memory:' ? url : `sqlite:${resolve(folder, path)}`;
}
