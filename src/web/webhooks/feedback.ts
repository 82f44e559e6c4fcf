import { proofFetcher, receiveWebhook } from '../../feedback/webhook.ts';
import type { AddRoutes } from '../site.ts';

/** Providers send many events at once. */
const LARGEST_BODY = 2 * 1024 * 1024;

/** `POST /webhooks/NAME`: what the provider reports. Its signature is over the bytes, so that they come unparsed. */
export const addWebhooks: AddRoutes = (app, site) => {
  const fetchText = proofFetcher(site);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<{ Params: { name: string } }>(
      '/webhooks/:name',
      { bodyLimit: LARGEST_BODY },
      async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const status = await receiveWebhook(
          site,
          request.params.name,
          { headers: request.headers, body },
          fetchText,
        );
        return reply
          .code(status)
          .header('cache-control', 'no-store')
          .send({ taken: status === 200 });
      },
    );
  });
};
