import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { pageStyle } from '../messages/page-style.ts';
import { frameDocument, framePolicy } from './frame.ts';
import type { Mailbox, ReceivedMessage } from './mailbox.ts';
import { readMail } from './read-mail.ts';
import { type Choices, compilePages, listPart, messagePart, readChoices } from './views.ts';

const folder = new URL('../../templates/inbox/', import.meta.url);

/**
 * The pages that show the mailbox. Everything is rendered here and works without script; a small script only
 * brings in new messages as they come.
 */
export async function startPages(
  mailbox: Mailbox,
  { host, port, smtpUrl }: { host: string; port: number; smtpUrl: string },
): Promise<{ port: number; close: () => Promise<void> }> {
  const [pages, css, script, icon] = await Promise.all([
    compilePages(folder),
    ...['inbox.css', 'inbox.js', 'icon.svg'].map((name) => readFile(new URL(name, folder), 'utf8')),
  ]);
  const style = pageStyle(css ?? '')(null);
  const app = fastify({ forceCloseConnections: true });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: pagePolicy },
    // Plain http on loopback.
    strictTransportSecurity: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  refuseStrangeHosts(app);

  app.get('/inbox.css', (_request, reply) => reply.type('text/css').send(style));
  app.get('/inbox.js', (_request, reply) => reply.type('text/javascript').send(script));
  app.get('/icon.svg', (_request, reply) => reply.type('image/svg+xml').send(icon));

  app.get('/', async (request, reply) => {
    const choices = readChoices(request.query);
    const newest = matching(mailbox, choices)[0];
    return show(reply, newest, choices, false);
  });

  app.get<{ Params: { id: string } }>('/m/:id', async (request, reply) => {
    const choices = readChoices(request.query);
    const message = mailbox.find(Number(request.params.id));
    if (message === undefined) return notFound(reply);
    return show(reply, message, choices, true);
  });

  // What the page polls: 304 as long as nothing came.
  app.get<{ Querystring: { open?: string } }>('/list', async (request, reply) => {
    const etag = `"${mailbox.received()}"`;
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const choices = readChoices(request.query);
    const open = Number(request.query.open) || undefined;
    return html(
      reply,
      pages.list(listPart(matching(mailbox, choices), mailbox.list().length, choices, open)),
    );
  });

  app.get<{ Params: { id: string } }>('/m/:id/frame', async (request, reply) => {
    const message = mailbox.find(Number(request.params.id));
    if (message === undefined) return notFound(reply);
    const { pictures, dark } = readChoices(request.query);
    const mail = await readMail(message.raw);
    reply.header('content-security-policy', framePolicy(pictures)).header('x-frame-options', 'SAMEORIGIN');
    return html(reply, frameDocument(mail.html ?? '', dark ? 'dark' : 'light'));
  });

  app.get<{ Params: { id: string } }>('/m/:id/raw', (request, reply) => {
    const message = mailbox.find(Number(request.params.id));
    if (message === undefined) return notFound(reply);
    return reply
      .type('message/rfc822')
      .header('content-disposition', `attachment; filename="message-${message.id}.eml"`)
      .send(message.raw);
  });

  app.setNotFoundHandler((_request, reply) => notFound(reply));

  async function show(
    reply: FastifyReply,
    message: ReceivedMessage | undefined,
    choices: Choices,
    chosen: boolean,
  ): Promise<FastifyReply> {
    const list = listPart(matching(mailbox, choices), mailbox.list().length, choices, message?.id);
    const open =
      message && messagePart(message, await readMail(message.raw), mailbox.neighbours(message.id), choices);
    return html(reply, pages.page({ list, open, chosen, smtpUrl, received: mailbox.received() }));
  }

  function notFound(reply: FastifyReply): FastifyReply {
    return html(reply.code(404), pages.gone({}));
  }

  await app.listen({ host, port });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

const pagePolicy = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'frame-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** A name that a stranger's page points at 127.0.0.1 (DNS rebinding) must not read the mail. */
function refuseStrangeHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const name = request.host.replace(/:\d+$/, '');
    if (['127.0.0.1', 'localhost', '[::1]'].includes(name)) return;
    await reply.code(421).type('text/plain').send('This inbox answers only to 127.0.0.1 and localhost.\n');
  });
}

function matching(mailbox: Mailbox, { query }: Choices): ReceivedMessage[] {
  const wanted = query.toLocaleLowerCase();
  const all = mailbox.list();
  if (wanted === '') return all;
  return all.filter(({ subject, to }) => `${subject}\n${to.join('\n')}`.toLocaleLowerCase().includes(wanted));
}

function html(reply: FastifyReply, body: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(body);
}
