import type { FastifyReply } from 'fastify';
import { sayCount, shortDate, zonedTime } from '../../messages/locale.ts';
import { RefusedError } from '../../refused-error.ts';
import { changeChoices, pauseFor } from '../../subscribers/choices.ts';
import { leaveEverything, leaveNewsletter, UNDO_WITHIN, undoLeaving } from '../../subscribers/leave.ts';
import { Form, originOf } from '../form.ts';
import { PageError } from '../page-error.ts';
import { belongsTo, pathFor, type Reader, readerOf } from '../reader.ts';
import type { AddRoutes, Site } from '../site.ts';
import { tell, tellList } from '../words.ts';
import { PAUSES, sectionChoices, showChoices } from './choices.ts';
import { showTestPage, TEST_LINK } from './test-link.ts';

/**
 * `/u/LINK`, the link of every List-Unsubscribe header. GET shows a button and changes nothing: scanners open every
 * link. POST leaves: from the button, or from the reader's mail program in one click (RFC 8058 §3.1-§3.2), which has
 * no cookie, follows no redirect, and must never be limited by where it comes from.
 */
export const addLeaving: AddRoutes = (app, site) => {
  app.get<{ Params: { link: string } }>('/u/:link', async (request, reply) => {
    const { link } = request.params;
    if (link === TEST_LINK) return showTestPage(site, request, reply);
    const reader = await readerOf(site, link, 'leave');
    return hasLeft(reader) ? showLeft(site, reply, reader) : showLeave(site, reply, reader);
  });

  app.post<{ Params: { link: string } }>('/u/:link', async (request, reply) => {
    const { link } = request.params;
    if (link === TEST_LINK) return showTestPage(site, request, reply);
    const form = new Form(request.body);
    const reader = await readerOf(site, link, 'leave').catch(whoeverIsGoneHasLeft);
    const { person, newsletter, frame } = reader;
    const origin = originOf(
      request,
      form.text('from') === 'page' || form.text('action') ? 'page' : 'one-click',
      '/u',
    );
    const now = site.now();
    const undo = async () => {
      // Pressed twice: it is done.
      if (!hasLeft(reader)) return;
      await undoLeaving(site.db, person.token, newsletter.id, origin, now).catch((error) => {
        throw error instanceof RefusedError ? new PageError('tooLate', 409, frame) : error;
      });
    };
    switch (form.text('action')) {
      case 'undo':
        await undo();
        return showUndone(site, reply, await readerOf(site, link, 'leave'));
      case 'everything':
        await leaveEverything(site.db, person.token, origin, now);
        break;
      case 'sections': {
        const sections = form.all('section');
        const offered = newsletter.sections.map((section) => section.name);
        // None is no choice: they stay as gone as they are.
        if (!sections.some((name) => offered.includes(name))) break;
        await undo();
        const known = sections.filter((name) => offered.includes(name));
        await changeChoices(site.db, person.token, newsletter, { sections: known }, origin, now);
        return showChoices(site, reply, await readerOf(site, link, 'leave'), { saved: true });
      }
      case 'pause': {
        const days = PAUSES.find((each) => String(each) === form.text('days'));
        if (days === undefined) throw new PageError('badRequest', 400, frame);
        await undo();
        await pauseFor(site.db, person.token, newsletter, days, origin, now);
        return showChoices(site, reply, await readerOf(site, link, 'leave'));
      }
      default:
        // Whatever else is posted here means to leave: nobody should have to say it twice.
        await leaveNewsletter(site.db, person.token, newsletter.id, origin, now);
    }
    return showLeft(site, reply, await readerOf(site, link, 'leave'));
  });
};

/** To the mail program that asks for it, leaving what is gone is done: 200 (RFC 8058 §3.1). */
function whoeverIsGoneHasLeft(error: unknown): never {
  throw error instanceof PageError && error.kind === 'gone' ? new PageError('gone', 200, error.frame) : error;
}

function hasLeft({ subscription }: Reader): boolean {
  return subscription === undefined || subscription.state === 'unsubscribed';
}

function showLeave(site: Site, reply: FastifyReply, reader: Reader): FastifyReply {
  const { frame, newsletter, address } = reader;
  const { leave } = frame.tongue.words;
  const names = { newsletter: newsletter.name, address };
  return site.show(reply, 'leave', frame, {
    title: tell(frame.tongue, leave.title, names),
    text: tell(frame.tongue, leave.text, names),
    action: tell(frame.tongue, leave.action, names),
    less: leave.less,
    choices: leave.choices,
    choicesUrl: pathFor(site, reader, 'choices'),
    self: pathFor(site, reader, 'leave'),
    belongs: belongsTo(reader),
  });
}

function showLeft(site: Site, reply: FastifyReply, reader: Reader): FastifyReply {
  const { frame, newsletter, subscription, others } = reader;
  const { tongue } = frame;
  const { left } = tongue.words;
  const now = site.now().epochMilliseconds;
  const leftAt = subscription?.leftAt ?? 0;
  const reading = others.filter((other) => other.state === 'active' || other.state === 'paused');
  const names = tellList(
    tongue,
    reading.map((other) => other.name),
  );
  const everything = reading.length > 0 ? left.everything : null;
  return site.show(reply, 'left', frame, {
    title: tell(tongue, left.title, { newsletter: newsletter.name }),
    standing: reading.length > 0 ? tell(tongue, left.still, { others: names }) : left.nothing,
    undo: leftAt >= now - UNDO_WITHIN && {
      action: left.undo,
      everything,
      until: tell(tongue, left.undoUntil, {
        time: zonedTime(tongue.locale, leftAt + UNDO_WITHIN, newsletter.time_zone),
      }),
      lessTitle: left.lessTitle,
      sectionsLegend: left.sections,
      sections: newsletter.sections.length > 1 && sectionChoices(reader),
      keepSections: left.keepSections,
      pause: left.pause,
      pauses: PAUSES.map((days) => ({ days, text: sayCount(tongue.locale, left.days, days) })),
    },
    since:
      leftAt > 0
        ? tell(tongue, left.since, { date: shortDate(tongue.locale, leftAt, newsletter.time_zone) })
        : '',
    everything,
    joinUrl: `/join/${newsletter.slug}`,
    again: left.again,
    self: pathFor(site, reader, 'leave'),
    belongs: belongsTo(reader),
  });
}

function showUndone(site: Site, reply: FastifyReply, reader: Reader): FastifyReply {
  const { frame, subscription, others, address } = reader;
  const { tongue } = frame;
  const reading = [subscription, ...others].flatMap((each) =>
    each && (each.state === 'active' || each.state === 'paused') ? [each.name] : [],
  );
  return site.show(reply, 'message', frame, {
    title: tongue.words.undone.title,
    text: tell(tongue, tongue.words.undone.text, { newsletters: tellList(tongue, reading), address }),
    link: { href: pathFor(site, reader, 'choices'), text: tongue.words.confirmed.choices },
  });
}
