import pino from 'pino';
import { onTestFinished } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import type { Newsletter } from '../../src/newsletters/newsletter.ts';
import { type AccessPurpose, queueNotice } from '../../src/notices/notice.ts';
import { addReader } from '../../src/subscribers/add.ts';
import { linkKeys, type Purpose, signLink } from '../../src/subscribers/links.ts';
import { type Subscriber, subscriberByAddress } from '../../src/subscribers/subscribers.ts';
import { subscriptionsOf } from '../../src/subscribers/subscriptions.ts';
import { startWeb } from '../../src/web/server.ts';
import { testContext } from '../setup/context.ts';
import { sqlite, type TestDatabase } from '../setup/databases.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';

export const ADDRESS = 'reader@example.org';

/** A server on a real port, a newsletter, a reader, and a clock that the test turns. */
export interface Visit {
  db: Db;
  context: Context;
  url: string;
  newsletter: Newsletter;
  reader: Subscriber;
  clock: { now: Temporal.Instant };
  /** Lines of the operator's log. */
  logged: string[];
  /** The path of a personal link. */
  path: (purpose: Purpose, options?: { newsletter?: string; expires?: number; notice?: string }) => string;
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  post: (
    path: string,
    fields?: Record<string, string | string[]>,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  /** State of the reader with a newsletter. */
  state: (slug?: string) => Promise<string | undefined>;
}

const pathOf: Partial<Record<Purpose, string>> = { leave: 'u', choices: 'p', confirm: 'confirm' };

export async function visit({
  env = {},
  newsletter: settings = {},
  database = sqlite,
}: {
  env?: NodeJS.ProcessEnv;
  newsletter?: Record<string, unknown>;
  database?: TestDatabase;
} = {}): Promise<Visit> {
  const { db } = await database.create();
  const newsletter = await storeNewsletter(db, settings);
  const { subscriber: reader } = await addReader(db, newsletter, { address: ADDRESS }, NOW);
  const clock = { now: NOW };
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) });
  const context = { ...testContext(db, { env, now: () => clock.now }), log };
  const web = await startWeb(context, { port: 0 });
  onTestFinished(() => web[Symbol.asyncDispose]());
  return {
    db,
    context,
    url: web.url,
    newsletter,
    reader,
    clock,
    logged,
    path: (purpose, { newsletter: slug = newsletter.slug, expires, notice } = {}) => {
      const target = {
        purpose,
        subscriber: reader.token,
        newsletter: slug,
        expires: expires ?? null,
        ...(notice !== undefined && { notice }),
      };
      return `/${pathOf[purpose] ?? 'access'}/${signLink(linkKeys(context.secrets), target)}`;
    },
    get: (path, headers = {}) => fetch(web.url + path, { headers, redirect: 'manual' }),
    post: (path, fields = {}, headers = {}) => {
      const pairs = Object.entries(fields).flatMap(([name, values]) =>
        [values].flat().map((value) => [name, value]),
      );
      return fetch(web.url + path, {
        method: 'POST',
        body: new URLSearchParams(pairs),
        headers,
        redirect: 'manual',
      });
    },
    state: async (slug = newsletter.slug) => {
      const person = await subscriberByAddress(db, ADDRESS);
      const all = await subscriptionsOf(db, person?.id ?? 0, clock.now);
      return all.find((subscription) => subscription.slug === slug)?.state;
    },
  };
}

/** The path of a one-hour link whose notice was sent now: to the reader, or to the new address they would like. */
export async function storedAccess(
  v: Visit,
  purpose: AccessPurpose | 'new-address',
  newsletter = v.newsletter.slug,
): Promise<string> {
  const { id: newsletterId } = v.newsletter;
  const about = { newsletterId, subscriberToken: v.reader.token, language: 'en' };
  const now = v.clock.now;
  const notice =
    purpose === 'new-address'
      ? await queueNotice(v.db, purpose, 'new@example.net', about, now)
      : await queueNotice(v.db, 'access', v.reader.email, { ...about, purpose }, now);
  return v.path(purpose, { newsletter, expires: now.epochMilliseconds + 3_600_000, notice });
}
