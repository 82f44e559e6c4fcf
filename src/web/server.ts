import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { linkKeys } from '../subscribers/links.ts';
import { answerErrors } from './errors.ts';
import { pageRenderer } from './page.ts';
import { addAccess } from './pages/access.ts';
import { addChoices } from './pages/choices.ts';
import { addConfirming } from './pages/confirm.ts';
import { addEditions } from './pages/edition.ts';
import { addHealth } from './pages/health.ts';
import { addHome } from './pages/home.ts';
import { addJoining } from './pages/join.ts';
import { addLeaving } from './pages/leave.ts';
import { addPictures } from './pages/pictures.ts';
import { addWithoutLink } from './pages/without-link.ts';
import type { AddRoutes, Site } from './site.ts';
import { addWebhooks } from './webhooks/feedback.ts';

/** Every page. A new file of `pages/` is named here. */
const routes: AddRoutes[] = [
  addHealth,
  addHome,
  addJoining,
  addConfirming,
  addLeaving,
  addChoices,
  addAccess,
  addWithoutLink,
  addEditions,
  addWebhooks,
];

/** Forms are small; nobody needs to send us more. */
const LARGEST_BODY = 16 * 1024;

export interface Web extends AsyncDisposable {
  /** Where it listens, which a proxy may stand in front of: `http://127.0.0.1:3000`. */
  url: string;
}

export interface WebOptions {
  /** Where to listen; default: HOST and PORT of the settings. Port 0 takes a free one. */
  host?: string;
  port?: number;
  /** A folder to serve as `/pictures/`. */
  pictures?: string;
}

/**
 * Serves the readers' pages until disposed; requests that have begun are answered first.
 * @throws RefusedError when SECRET_KEY is not set; the system's error when the port is taken.
 */
export async function startWeb(
  context: Context,
  { host = context.config.host, port = context.config.port, pictures }: WebOptions = {},
): Promise<Web> {
  const app = await createWeb(context);
  if (pictures !== undefined) addPictures(app, pictures);
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, [Symbol.asyncDispose]: () => app.close() };
}

/** The pages, not listening yet. @throws RefusedError when SECRET_KEY is not set. */
export async function createWeb(context: Context): Promise<FastifyInstance> {
  const site: Site = { ...context, keys: linkKeys(context.secrets), show: pageRenderer() };
  const app = fastify({
    // We write our own lines, which never hold a link's token.
    logger: false,
    bodyLimit: LARGEST_BODY,
    trustProxy: trustProxy(context.config),
    forceCloseConnections: 'idle',
    requestTimeout: 20_000,
    rewriteUrl: readableUrl,
    // A link is longer than the 100 characters that a parameter may have.
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // What other names of the domain do is not ours to decide.
    strictTransportSecurity: context.config.publicUrl.startsWith('https:') && { includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
  await app.register(rateLimit, { global: false });
  await app.register(formbody);
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fields: 50, files: 0, parts: 50 },
  });
  // A mail program may name its body as it likes: its POST still counts.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined));
  noticeProxy(app, site);
  answerErrors(app, site);
  for (const add of routes) add(app, site);
  return app;
}

/** Behind a proxy that nobody told us of, all readers seem to be one, and share one limit: the operator must hear it. */
function noticeProxy(app: FastifyInstance, { config, log }: Site): void {
  if (config.trustProxy !== false) return;
  let said = false;
  app.addHook('onRequest', async (request) => {
    if (said || request.headers['x-forwarded-for'] === undefined) return;
    said = true;
    log.warn(
      'Requests come through a proxy, and TRUST_PROXY is off: all readers count as one. Behind one proxy, set TRUST_PROXY=1.',
    );
  });
}

/**
 * A stray `%` is a letter like any other, so that a link which a mail program has cut within a `%20` comes to its own
 * page, and hears there what is wrong. Fastify itself would answer it with its own words, before any hook.
 */
function readableUrl({ url = '/' }: IncomingMessage): string {
  try {
    decodeURI(url);
    return url;
  } catch {
    return url.replaceAll('%', '%25');
  }
}

/** Fastify believes a list of addresses; a number of proxies is said as a rule of its own. */
function trustProxy({ trustProxy }: Config): boolean | string | ((address: string, hop: number) => boolean) {
  return typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy;
}
