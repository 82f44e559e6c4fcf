import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';
import type { LinkKeys } from '../subscribers/links.ts';
import type { ShowPage } from './page.ts';

/** What the routes are given: built once, in `server.ts`. */
export interface Site extends Context {
  keys: LinkKeys;
  show: ShowPage;
}

/** A file of `pages/`: adds its routes. */
export type AddRoutes = (app: FastifyInstance, site: Site) => void;
