import { resolve } from 'node:path';
import { z } from 'zod';
import { type Limits, readLaneLimits } from './limits.ts';
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
  /** Where mail to `bounceDomain` is taken over SMTP; null: nowhere. */
  bounceListen: { host: string; port: number } | null;
  /** The SNS topic whose messages of Amazon SES are believed; null: none is. */
  sesTopic: string | null;
  /** What each relay may be given, in the order of `secrets.smtpUrls`. */
  relays: RelaySettings[];
  /** What a mailbox provider may be given, where it is not the default. */
  laneLimits: Map<string, Limits>;
  /** `sign` needs a key for each sender's domain in `dkimFolder`; `relay`: the relay signs. */
  dkim: 'sign' | 'relay';
  /** `DOMAIN/SELECTOR.pem` lie in it. */
  dkimFolder: string;
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

export interface RelaySettings extends Limits {
  perSecond: number;
  /** Connections. */
  atOnce: number;
  /** Its share, against the others'; 0: only while all others are in trouble. */
  weight: number;
}

/** What must never reach a log. */
export interface Secrets {
  /** `sqlite:PATH` or `postgres://…`. */
  databaseUrl: string;
  /** SMTP_URL; null: no relay is set, editions wait. `inbox:` is the built-in inbox. */
  smtpUrl: string | null;
  /** SMTP_URL, SMTP_URL_2, …: all relays. */
  smtpUrls: string[];
  /** Signs links. null: not set; nothing that needs a link can be made. */
  secretKey: string | null;
  /** Former keys, whose links still open. */
  secretKeysOld: string[];
  /** The mailbox to which bounces come: `imaps://user:password@host/INBOX`; null: none is read. */
  bounceImapUrl: string | null;
  /** By which the reports of these services are known to be theirs; null: they are refused. */
  webhooks: WebhookSecrets;
}

export interface WebhookSecrets {
  /** `user:password` of the address that was given to Postmark. */
  postmark: string | null;
  /** Mailgun's HTTP webhook signing key. */
  mailgun: string | null;
  /** SendGrid's verification key: a public one, base64. */
  sendgrid: string | null;
  /** The token that Brevo sends as `Authorization: Bearer`. */
  brevo: string | null;
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

const smtpUrl = z
  .string()
  .regex(/^(inbox:|smtps?:\/\/.)/, { error: 'expected smtp://user:password@host:587, smtps://… or inbox:' });

/** Those of a further relay, `SMTP_URL_2` and so on; what it does not say is as for the first. */
const further = z.object({
  SMTP_URL: smtpUrl.optional(),
  SMTP_RATE: count(1, 100_000).optional(),
  SMTP_CONNECTIONS: count(1, 200).optional(),
  SMTP_DAILY: count(1, 100_000_000).optional(),
  SMTP_WEIGHT: count(0, 1000).optional(),
});

/** One entry a variable: its form and its default. `.env.example` says the same in words. */
const variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.|postgres(ql)?:\/\/)/, { error: 'expected sqlite:PATH or postgres://…' })
    .default('sqlite:data/broadsheet.sqlite'),
  PUBLIC_URL: webUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
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
  SMTP_URL: smtpUrl.optional(),
  SMTP_RATE: count(1, 100_000).default(10),
  SMTP_CONNECTIONS: count(1, 200).default(5),
  SMTP_DAILY: count(1, 100_000_000).optional(),
  SMTP_WEIGHT: count(0, 1000).default(1),
  LANE_LIMITS: z
    .string()
    .default('')
    .transform((text, context) => {
      const limits = readLaneLimits(text);
      if (typeof limits !== 'string') return limits;
      context.addIssue({ code: 'custom', message: limits });
      return z.NEVER;
    }),
  DKIM: z.enum(['sign', 'relay'], { error: 'expected sign or relay' }).default('sign'),
  DKIM_DIR: z.string().default('dkim'),
  INBOX_SMTP_PORT: count(1, 65_535).default(1025),
  INBOX_PORT: count(1, 65_535).default(8025),
  BOUNCE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z0-9-]+$/i, { error: 'expected a domain' })
    .optional(),
  BOUNCE_LISTEN: z
    .string()
    .regex(/^(?:\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i, { error: 'expected an address and a port: 0.0.0.0:2525' })
    .transform((value) => ({
      host: value.slice(0, value.lastIndexOf(':')).replace(/^\[|\]$/g, ''),
      port: Number(value.slice(value.lastIndexOf(':') + 1)),
    }))
    .optional(),
  BOUNCE_IMAP_URL: z
    .string()
    .regex(/^imaps?:\/\/[^:@/]+:[^@/]+@[^/]/, { error: 'expected imaps://user:password@host/INBOX' })
    .optional(),
  WEBHOOK_SES_TOPIC: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d+:[\w.-]+$/, {
      error: 'expected arn:aws:sns:REGION:ACCOUNT:TOPIC',
    })
    .optional(),
  WEBHOOK_POSTMARK: z
    .string()
    .regex(/^[^:]+:.{12,}$/, { error: 'expected user:password, the password of at least 12 characters' })
    .optional(),
  WEBHOOK_MAILGUN: z
    .string()
    .min(16, { error: 'expected the HTTP webhook signing key of Mailgun' })
    .optional(),
  WEBHOOK_SENDGRID: z
    .string()
    .regex(/^[A-Za-z0-9+/]{100,}={0,2}$/, { error: 'expected the verification key of SendGrid (base64)' })
    .optional(),
  WEBHOOK_BREVO: z.string().min(16, { error: 'expected a token of at least 16 characters' }).optional(),
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
  if (value.BOUNCE_LISTEN !== undefined && value.BOUNCE_DOMAIN === undefined)
    throw new RefusedError(
      'Settings (environment or .env) are wrong: BOUNCE_LISTEN: needs BOUNCE_DOMAIN, whose mail is taken',
    );
  const relays = readRelays(set, value);
  return {
    config: {
      publicUrl: value.PUBLIC_URL ?? `http://localhost:${value.PORT}`,
      host: value.HOST,
      port: value.PORT,
      trustProxy: value.TRUST_PROXY,
      bounceDomain: value.BOUNCE_DOMAIN?.toLowerCase() ?? null,
      bounceListen: value.BOUNCE_LISTEN ?? null,
      sesTopic: value.WEBHOOK_SES_TOPIC ?? null,
      relays: relays.map(({ settings }) => settings),
      laneLimits: value.LANE_LIMITS,
      dkim: value.DKIM,
      dkimFolder: resolve(folder, value.DKIM_DIR),
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
      smtpUrls: relays.flatMap(({ url }) => url ?? []),
      secretKey: value.SECRET_KEY ?? null,
      secretKeysOld: value.SECRET_KEYS_OLD,
      bounceImapUrl: value.BOUNCE_IMAP_URL ?? null,
      webhooks: {
        postmark: value.WEBHOOK_POSTMARK ?? null,
        mailgun: value.WEBHOOK_MAILGUN ?? null,
        sendgrid: value.WEBHOOK_SENDGRID ?? null,
        brevo: value.WEBHOOK_BREVO ?? null,
      },
    },
  };
}

/**
 * The relays in their order: the first is there with its limits even where no SMTP_URL is.
 * @throws RefusedError for what a further one has wrong, or for one whose SMTP_URL is missing.
 */
function readRelays(
  set: NodeJS.ProcessEnv,
  first: z.output<typeof variables>,
): { url: string | undefined; settings: RelaySettings }[] {
  const numbers = Object.keys(set).flatMap(
    (name) => /^SMTP_(?:URL|RATE|CONNECTIONS|DAILY|WEIGHT)_(\d+)$/.exec(name)?.slice(1).map(Number) ?? [],
  );
  const faults: string[] = [];
  const others = [...new Set(numbers)]
    .sort((one, other) => one - other)
    .map((number) => {
      const own = Object.keys(further.shape).map((name) => [name, set[`${name}_${number}`]]);
      const parsed = further.safeParse(Object.fromEntries(own));
      faults.push(
        ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}_${number}: ${issue.message}`),
      );
      if (set[`SMTP_URL_${number}`] === undefined)
        faults.push(`SMTP_URL_${number}: is not set, but others of that relay are`);
      return parsed.data ?? {};
    });
  if (others.length > 0 && first.SMTP_URL === undefined)
    faults.push('SMTP_URL: is not set, but further relays are');
  if (faults.length > 0)
    throw new RefusedError(`Settings (environment or .env) are wrong: ${faults.join('; ')}`);
  return [first, ...others].map((relay) => ({
    url: relay.SMTP_URL,
    settings: {
      perSecond: relay.SMTP_RATE ?? first.SMTP_RATE,
      perDay: relay.SMTP_DAILY ?? null,
      atOnce: relay.SMTP_CONNECTIONS ?? first.SMTP_CONNECTIONS,
      weight: relay.SMTP_WEIGHT ?? 1,
    },
  }));
}

function absoluteDatabaseUrl(url: string, folder: string): string {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  return path === undefined || path === ':memory:' ? url : `sqlite:${resolve(folder, path)}`;
}
