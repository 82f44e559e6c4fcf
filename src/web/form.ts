import type { FastifyRequest } from 'fastify';
import type { Origin } from '../subscribers/consent.ts';

/** The fields of a form, urlencoded or multipart; whatever else was sent has none. */
export class Form {
  readonly #fields: Record<string, unknown>;

  constructor(body: unknown) {
    this.#fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  }

  /** Every value of a field, as text. */
  all(name: string): string[] {
    const value = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    return [value].flat().filter((each) => typeof each === 'string');
  }

  /** The first value of a field; empty when there is none. */
  text(name: string): string {
    return this.all(name)[0] ?? '';
  }
}

/** Where an act on a page came from; `page` without the personal link that its address holds. */
export function originOf(request: FastifyRequest, source: string, page: string): Origin {
  return { source, ip: request.ip, page, userAgent: request.headers['user-agent'] ?? null };
}
