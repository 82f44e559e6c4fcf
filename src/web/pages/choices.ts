import type { FastifyReply } from 'fastify';
import { sayCount, shortDate } from '../../messages/locale.ts';
import { ACCESS_PURPOSES } from '../../notices/notice.ts';
import { askForAccess } from '../../subscribers/access.ts';
import { changeChoices, pauseFor, resume } from '../../subscribers/choices.ts';
import { Form, originOf } from '../form.ts';
import { PageError } from '../page-error.ts';
import { belongsTo, pathFor, type Reader, readerOf } from '../reader.ts';
import type { AddRoutes, Site } from '../site.ts';
import { tell } from '../words.ts';
import { showTestPage, TEST_LINK } from './test-link.ts';

/** How many days a pause can last. */
export const PAUSES = [7, 30, 90] as const;

/** `/p/LINK`: what a reader gets of one newsletter. The mail's own link opens it, so it shows no full address. */
export const addChoices: AddRoutes = (app, site) => {
  app.get<{ Params: { link: string } }>('/p/:link', async (request, reply) => {
    const { link } = request.params;
    if (link === TEST_LINK) return showTestPage(site, request, reply);
    return showChoices(site, reply, await readerOf(site, link, 'choices'));
  });

  app.post<{ Params: { link: string } }>('/p/:link', async (request, reply) => {
    const { link } = request.params;
    if (link === TEST_LINK) return showTestPage(site, request, reply);
    const reader = await readerOf(site, link, 'choices');
    const { person, newsletter, frame } = reader;
    const form = new Form(request.body);
    // Who has left may ask for their data, too.
    if (form.text('action') === 'data') {
      const purpose = ACCESS_PURPOSES.find((each) => each === form.text('data'));
      if (purpose === undefined) throw new PageError('badRequest', 400, frame);
      await askForAccess(site.db, person.token, newsletter, purpose, site.now());
      return showLinkSent(site, reply, reader);
    }
    if (!isReading(reader)) return showChoices(site, reply, reader);
    const origin = originOf(request, 'page', '/p');
    const now = site.now();
    const again = async (done: Done) => showChoices(site, reply, await readerOf(site, link, 'choices'), done);
    switch (form.text('action')) {
      case 'pause': {
        const days = PAUSES.find((each) => String(each) === form.text('days'));
        if (days === undefined) throw new PageError('badRequest', 400, frame);
        await pauseFor(site.db, person.token, newsletter, days, origin, now);
        return again({});
      }
      case 'resume':
        await resume(site.db, person.token, newsletter, origin, now);
        return again({ resumed: true });
      case 'save': {
        const offered = newsletter.sections.map((section) => section.name);
        const sections = form.all('section').filter((name) => offered.includes(name));
        if (sections.length === 0) return again({ noSection: true });
        const rhythm = Object.keys(newsletter.rhythms).find((each) => each === form.text('rhythm'));
        const choices = { sections, ...(rhythm !== undefined && { rhythm }) };
        await changeChoices(site.db, person.token, newsletter, choices, origin, now);
        return again({ saved: true });
      }
      default:
        throw new PageError('badRequest', 400, frame);
    }
  });
};

/** What has just been done, for the page to say. */
interface Done {
  saved?: boolean;
  resumed?: boolean;
  noSection?: boolean;
}

/** The page of choices as they are now; for who has none, the way to them. */
export function showChoices(site: Site, reply: FastifyReply, reader: Reader, done: Done = {}): FastifyReply {
  const { frame, newsletter, subscription, address } = reader;
  const { tongue } = frame;
  const { choices, left, rhythms } = tongue.words;
  const names = { newsletter: newsletter.name, address };
  if (!isReading(reader) || subscription === undefined) {
    return site.show(reply, 'message', frame, {
      title: tell(tongue, left.title, names),
      text: '',
      link: { href: `/join/${newsletter.slug}`, text: left.again },
      note: belongsTo(reader),
      yourData: yourData(site, reader),
    });
  }
  const paused = subscription.state === 'paused' && subscription.pausedUntil !== null;
  const offered = Object.keys(newsletter.rhythms) as Array<keyof typeof rhythms>;
  const view = {
    title: choices.title,
    intro: tell(tongue, choices.intro, names),
    note: done.saved ? choices.saved : done.resumed ? tell(tongue, choices.resumed, names) : null,
    fault: done.noSection ? choices.noSection : null,
    sectionsLegend: choices.sections,
    sections: sectionChoices(reader),
    rhythmLegend: choices.rhythm,
    rhythms:
      offered.length > 1 &&
      offered.map((rhythm) => ({
        rhythm,
        text: rhythms[rhythm],
        chosen: rhythm === subscription.rhythm,
      })),
    save: choices.save,
    paused:
      paused &&
      tell(tongue, choices.pausedUntil, {
        date: shortDate(tongue.locale, subscription.pausedUntil ?? 0, newsletter.time_zone),
      }),
    resume: choices.resume,
    pause: choices.pause,
    pauses: PAUSES.map((days) => ({ days, text: sayCount(tongue.locale, left.days, days) })),
    self: pathFor(site, reader, 'choices'),
    leaveUrl: pathFor(site, reader, 'leave'),
    leave: tell(tongue, choices.leave, names),
    yourData: yourData(site, reader),
    belongs: belongsTo(reader),
  };
  return site.show(reply, 'choices', frame, view, { status: done.noSection ? 422 : 200 });
}

/** The newsletter's sections, each with whether this reader has chosen it. */
export function sectionChoices({
  newsletter,
  subscription,
}: Reader): Array<{ name: string; chosen: boolean }> {
  const chosen = subscription?.sections ?? null;
  return newsletter.sections.map(({ name }) => ({ name, chosen: chosen === null || chosen.includes(name) }));
}

/** The part with the three things that need a link first. */
function yourData(site: Site, reader: Reader) {
  const { frame, address } = reader;
  const { title, how, ...texts } = frame.tongue.words.yourData;
  return {
    title,
    how: tell(frame.tongue, how, { address }),
    asks: ACCESS_PURPOSES.map((purpose) => ({ purpose, text: texts[purpose] })),
    self: pathFor(site, reader, 'choices'),
  };
}

/** The same whether a link was sent just now, within the hour, or not at all. */
function showLinkSent(site: Site, reply: FastifyReply, reader: Reader): FastifyReply {
  const { frame, newsletter, address } = reader;
  const { title, text, note, back } = frame.tongue.words.linkSent;
  return site.show(reply, 'message', frame, {
    title,
    text: tell(frame.tongue, text, { address }),
    note: tell(frame.tongue, note, { contact: newsletter.reply_to ?? newsletter.from.address }),
    link: { href: pathFor(site, reader, 'choices'), text: back },
  });
}

function isReading({ subscription }: Reader): boolean {
  return subscription?.state === 'active' || subscription?.state === 'paused';
}
