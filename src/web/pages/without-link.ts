import { PageError } from '../page-error.ts';
import type { AddRoutes } from '../site.ts';

/** `/u`, `/p`, `/confirm`, `/access` by themselves: what they need, and how to come by it. */
export const addWithoutLink: AddRoutes = (app) => {
  for (const path of ['/u', '/p', '/confirm', '/access']) {
    app.get(path, async () => {
      throw new PageError('noLink', 404);
    });
  }
};
