import type { FastifyReply, FastifyRequest } from 'fastify';
import { maskAddress } from '../../log.ts';
import { findNewsletter, type Newsletter } from '../../newsletters/newsletter.ts';
import { addressFault, trimAddress } from '../../subscribers/address.ts';
import { askToJoin } from '../../subscribers/join.ts';
import { Form, originOf } from '../form.ts';
import { type Frame, frameOf } from '../page.ts';
import { PageError } from '../page-error.ts';
import type { AddRoutes, Site } from '../site.ts';
import { tell, tellList } from '../words.ts';

/** So many requests an hour from one network: a school behind one address may join, a machine may not flood. */
const MOST_AN_HOUR = 30;

/** `/join/SLUG`: anybody may ask for a newsletter; the answer never tells whether an address is known. */
export const addJoining: AddRoutes = (app, site) => {
  app.get<{ Params: { slug: string } }>('/join/:slug', async (request, reply) =>
    showJoin(site, reply, await offered(site, request.params.slug)),
  );

  const limited = { config: { rateLimit: { max: MOST_AN_HOUR, timeWindow: '1 hour' } } };
  app.post<{ Params: { slug: string } }>('/join/:slug', limited, async (request, reply) => {
    const newsletter = await offered(site, request.params.slug);
    const frame = frameOf(newsletter);
    const { words } = frame.tongue;
    const form = new Form(request.body);
    const address = trimAddress(form.text('address'));
    const rhythm = form.text('rhythm');
    if (address === '') return showJoin(site, reply, newsletter, { rhythm, fault: words.join.noAddress });
    if (addressFault(address) !== null) {
      const fault = tell(frame.tongue, words.join.notAnAddress, { address: address.slice(0, 100) });
      return showJoin(site, reply, newsletter, { address, rhythm, fault });
    }
    // A form on another site can bring somebody here, but not press the button for them.
    if (isForeign(request)) {
      return showJoin(site, reply, newsletter, { address, rhythm, once: words.join.once });
    }
    // Only a machine fills what no person sees; it gets the same answer and nothing else.
    if (form.text('website') === '') {
      const wording = { text: consentWording(frame, newsletter), language: frame.tongue.locale.language };
      const origin = originOf(request, 'form', `/join/${newsletter.slug}`);
      await askToJoin(site.db, newsletter, { address, rhythm, wording }, origin, site.now());
    }
    return showCheckMail(site, reply, newsletter, address);
  });
};

/** Browsers say where a form was sent from (Fetch Metadata; `Origin` where they do not know that yet). */
function isForeign(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  return origin !== undefined && origin !== 'null' && !origin.endsWith(`//${request.host}`);
}

async function offered(site: Site, slug: string): Promise<Newsletter> {
  const newsletter = await findNewsletter(site.db, slug);
  if (newsletter === undefined || !newsletter.enabled) throw new PageError('notFound', 404);
  return newsletter;
}

/** What the form sends back when it comes again. */
interface Filled {
  address?: string;
  rhythm?: string;
  fault?: string;
  once?: string;
}

function showJoin(
  site: Site,
  reply: FastifyReply,
  newsletter: Newsletter,
  filled: Filled = {},
): FastifyReply {
  const frame = frameOf(newsletter);
  const { tongue } = frame;
  const { join, rhythms, choices } = tongue.words;
  const names = { newsletter: newsletter.name };
  const offers = Object.keys(newsletter.rhythms) as Array<keyof typeof rhythms>;
  const chosen = offers.find((rhythm) => rhythm === filled.rhythm) ?? offers[0];
  // Else its own form would look foreign: browsers then name no origin.
  reply.header('referrer-policy', 'same-origin');
  const view = {
    title: tell(tongue, join.title, names),
    about: aboutNewsletter(frame, newsletter),
    fault: filled.fault,
    once: filled.once,
    addressLabel: join.address,
    address: filled.address,
    trap: join.trap,
    rhythmLegend: choices.rhythm,
    rhythms:
      offers.length > 1 &&
      offers.map((rhythm) => ({ rhythm, text: rhythms[rhythm], chosen: rhythm === chosen })),
    consent: consentWording(frame, newsletter),
    action: tell(tongue, join.action, names),
    next: join.next,
  };
  const common = filled.address === undefined && filled.fault === undefined;
  return site.show(reply, 'join', frame, view, { status: filled.fault ? 422 : 200, common });
}

function showCheckMail(
  site: Site,
  reply: FastifyReply,
  newsletter: Newsletter,
  address: string,
): FastifyReply {
  const frame = frameOf(newsletter);
  const { title, text, note } = frame.tongue.words.checkMail;
  const values = { address: maskAddress(address), newsletter: newsletter.name };
  return site.show(reply, 'message', frame, { title, text: tell(frame.tongue, text, values), note });
}

/** "Every day. With World, Business and Science." */
export function aboutNewsletter({ tongue }: Frame, newsletter: Newsletter): string {
  const { words } = tongue;
  const rhythms = (Object.keys(newsletter.rhythms) as Array<keyof typeof words.rhythms>).map(
    (rhythm) => words.rhythms[rhythm],
  );
  const sections = tellList(
    tongue,
    newsletter.sections.map((section) => section.name),
  );
  return `${rhythms.join(' · ')}. ${tell(tongue, words.join.sections, { sections })}`;
}

/** The exact words that whoever presses the button agrees to: on the page, and in the record of consent. */
function consentWording({ tongue }: Frame, newsletter: Newsletter): string {
  const publisher = newsletter.publisher ?? newsletter.from.name;
  return tell(tongue, tongue.words.join.consent, { newsletter: newsletter.name, publisher });
}
