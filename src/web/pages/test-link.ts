import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Site } from '../site.ts';
import { tongueFor } from '../words.ts';

/** The last part of the links of a test mail (`/u/test`, `/p/test`). */
export const TEST_LINK = 'test';

/** Says that the links of a test do nothing. */
export function showTestPage(site: Site, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const tongue = tongueFor(request.headers['accept-language']);
  return site.show(reply, 'message', { tongue, newsletter: null }, tongue.words.test);
}
