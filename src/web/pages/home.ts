import { listNewsletters } from '../../newsletters/newsletter.ts';
import { frameOf } from '../page.ts';
import type { AddRoutes } from '../site.ts';
import { tell, tongueFor, tongueOf } from '../words.ts';
import { aboutNewsletter } from './join.ts';

/** `/`: the newsletters that can be joined. */
export const addHome: AddRoutes = (app, site) => {
  app.get('/', async (request, reply) => {
    const newsletters = (await listNewsletters(site.db)).filter((newsletter) => newsletter.enabled);
    const [first] = newsletters;
    const tongue = first ? tongueOf(first.language) : tongueFor(request.headers['accept-language']);
    const { title, none } = tongue.words.home;
    const list = newsletters.map((newsletter) => {
      const frame = frameOf(newsletter);
      return {
        language: frame.tongue.locale.language,
        dir: frame.tongue.locale.dir,
        name: newsletter.name,
        about: aboutNewsletter(frame, newsletter),
        href: `/join/${newsletter.slug}`,
        join: tell(frame.tongue, frame.tongue.words.home.join, { newsletter: newsletter.name }),
      };
    });
    // Its heading is the masthead.
    const view = { title, masthead: null, newsletters: list, none };
    return site.show(reply, 'home', { tongue, newsletter: null }, view, { common: true });
  });
};
