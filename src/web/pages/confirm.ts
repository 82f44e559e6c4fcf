import type { FastifyReply } from 'fastify';
import { nextSlots } from '../../editions/slots.ts';
import { longDate, zonedTime } from '../../messages/locale.ts';
import { findNewsletter, type Newsletter } from '../../newsletters/newsletter.ts';
import { confirmJoining } from '../../subscribers/join.ts';
import { Form, originOf } from '../form.ts';
import { pathFor, type Reader, readerOf } from '../reader.ts';
import type { AddRoutes, Site } from '../site.ts';
import { tell, tellList } from '../words.ts';

/** `/confirm/LINK`: the second half of double opt-in. The link asks, the button says yes. */
export const addConfirming: AddRoutes = (app, site) => {
  app.get<{ Params: { link: string } }>('/confirm/:link', async (request, reply) => {
    const reader = await readerOf(site, request.params.link, 'confirm');
    if (!isWaiting(reader)) return showResult(site, reply, reader, [reader.newsletter]);
    const { frame, newsletter, address, others } = reader;
    const { tongue } = frame;
    const { confirm } = tongue.words;
    const names = { newsletter: newsletter.name, address };
    const pending = others.filter((other) => other.state === 'pending');
    return site.show(reply, 'confirm', frame, {
      title: tell(tongue, confirm.title, names),
      text: tell(tongue, confirm.text, names),
      also: confirm.also,
      // Not ticked: consent is what somebody does, not what they leave standing (GDPR art. 4(11)).
      others: pending.length > 0 && pending.map(({ slug, name }) => ({ slug, name })),
      action: tell(tongue, confirm.action, names),
      note: confirm.note,
    });
  });

  app.post<{ Params: { link: string } }>('/confirm/:link', async (request, reply) => {
    const { link } = request.params;
    const reader = await readerOf(site, link, 'confirm');
    const slugs = new Form(request.body).all('newsletter');
    const ticked = reader.others.filter((other) => other.state === 'pending' && slugs.includes(other.slug));
    const also = await Promise.all(ticked.map((other) => findNewsletter(site.db, other.slug)));
    const newsletters = [reader.newsletter, ...also.filter((each) => each !== undefined)];
    const origin = originOf(request, 'page', '/confirm');
    const reading = await confirmJoining(site.db, reader.person.token, newsletters, origin, site.now());
    return showResult(site, reply, await readerOf(site, link, 'confirm'), reading);
  });
};

function isWaiting({ subscription }: Reader): boolean {
  return subscription?.state === 'pending' || subscription?.state === 'paused';
}

/** @param reading which newsletters the person gets by this link. */
function showResult(site: Site, reply: FastifyReply, reader: Reader, reading: Newsletter[]): FastifyReply {
  const { frame, newsletter, subscription, address } = reader;
  const { tongue } = frame;
  const { confirmed, notWaiting, left } = tongue.words;
  if (subscription?.state !== 'active') {
    return site.show(reply, 'message', frame, {
      title: notWaiting.title,
      text: tell(tongue, notWaiting.text, { newsletter: newsletter.name }),
      link: { href: `/join/${newsletter.slug}`, text: left.again },
    });
  }
  const newsletters = tellList(
    tongue,
    reading.map((each) => each.name),
  );
  return site.show(reply, 'message', frame, {
    title: confirmed.title,
    text: tell(tongue, confirmed.text, { newsletters, address }),
    note: nextEdition(site, reader),
    link: { href: pathFor(site, reader, 'choices'), text: confirmed.choices },
  });
}

function nextEdition(site: Site, { frame: { tongue }, newsletter, subscription }: Reader): string | null {
  const rhythms = Object.entries(newsletter.rhythms).filter(([rhythm]) => rhythm === subscription?.rhythm);
  const schedule = { rhythms: Object.fromEntries(rhythms), time_zone: newsletter.time_zone };
  const next = nextSlots(schedule, site.now(), 1)[0]?.at.epochMilliseconds;
  if (next === undefined) return null;
  return tell(tongue, tongue.words.confirmed.next, {
    date: longDate(tongue.locale, next, newsletter.time_zone),
    time: zonedTime(tongue.locale, next, newsletter.time_zone),
  });
}
