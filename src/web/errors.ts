import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sayCount } from '../messages/locale.ts';
import { RefusedError } from '../refused-error.ts';
import type { Frame } from './page.ts';
import { PageError } from './page-error.ts';
import type { Site } from './site.ts';
import { tell, tongueFor } from './words.ts';

/** Every failure becomes a page that a person can read; what was ours goes to the log, without any link's token. */
export function answerErrors(app: FastifyInstance, site: Site): void {
  app.setNotFoundHandler((request, reply) => answer(request, reply, new PageError('notFound', 404)));
  app.setErrorHandler((error, request, reply) => answer(request, reply, error));

  function answer(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
    const { kind, status, frame, askAgain } = asPageError(error, request);
    if (status >= 500) {
      const cause = error instanceof Error ? { error: error.message, stack: error.stack } : { error };
      site.log.error({ ...cause, method: request.method, url: withoutToken(request.url) }, 'a page failed');
    }
    const shown: Frame = frame ?? {
      tongue: tongueFor(request.headers['accept-language']),
      newsletter: null,
    };
    const { tongue } = shown;
    const { title, text } = tongue.words.errors[kind];
    const minutes = Math.max(1, Math.ceil(Number(reply.getHeader('retry-after') ?? 60) / 60));
    const view = {
      title,
      text: tell(tongue, text, { minutes: sayCount(tongue.locale, tongue.words.minutes, minutes) }),
      link: wayOn(kind, shown, askAgain),
    };
    return site.show(reply, 'message', shown, view, { status });
  }
}

/** Who came too late can ask again; the others find all there is. */
function wayOn(
  kind: PageError['kind'],
  { tongue, newsletter }: Frame,
  askAgain: string | null,
): { href: string; text: string } {
  if (askAgain !== null) return { href: askAgain, text: tongue.words.askAgain };
  if (newsletter === null || (kind !== 'expired' && kind !== 'tooLate')) {
    return { href: '/', text: tongue.words.toNewsletters };
  }
  return { href: `/join/${newsletter.slug}`, text: tongue.words.askAgain };
}

function asPageError(
  error: unknown,
  request: FastifyRequest,
): Pick<PageError, 'kind' | 'status' | 'frame' | 'askAgain'> {
  if (error instanceof PageError) return error;
  const nothingMore = { frame: null, askAgain: null };
  // Asked of a reader who cannot do it now, from a page that is no longer true.
  if (error instanceof RefusedError) return { kind: 'badRequest', status: 409, ...nothingMore };
  // A form that breaks off has no status of its own: its parser throws what it finds.
  if (request.isMultipart() && request.body === undefined)
    return { kind: 'badRequest', status: 400, ...nothingMore };
  const status = (error as { statusCode?: number } | null)?.statusCode ?? 500;
  if (status === 429) return { kind: 'tooMany', status, ...nothingMore };
  if (status >= 400 && status < 500) return { kind: 'badRequest', status, ...nothingMore };
  return { kind: 'ours', status: 500, ...nothingMore };
}

/** A path as the log may have it: what a personal link lets do must not be read there. */
export function withoutToken(url: string): string {
  return url.replace(/^(\/(?:u|p|confirm|access)\/)[^/?#]+/, '$1•••').replace(/\?.*$/s, '?•••');
}
