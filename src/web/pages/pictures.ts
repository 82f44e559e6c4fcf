import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** `/pictures/NAME`: the files of a folder. Mail shows them from other origins, and their names never change. */
export function addPictures(app: FastifyInstance, folder: string): void {
  app.register(fastifyStatic, {
    root: folder,
    prefix: '/pictures/',
    index: false,
    allowedPath: (path) => /\.(jpe?g|png|gif)$/i.test(path),
    immutable: true,
    maxAge: '365d',
    setHeaders: (reply) => {
      // Helmet would keep them from the mail they stand in.
      reply.header('cross-origin-resource-policy', 'cross-origin');
    },
  });
}
