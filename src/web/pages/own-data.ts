import type { FastifyReply, FastifyRequest } from 'fastify';
import { shortDate } from '../../messages/locale.ts';
import { eraseSubscriber } from '../../subscribers/erase.ts';
import { personalData } from '../../subscribers/personal-data.ts';
import { PageError } from '../page-error.ts';
import { pathFor, type Reader } from '../reader.ts';
import type { Site } from '../site.ts';
import { tell, tellList } from '../words.ts';

/** What is kept about a reader, in figures, with the button that hands it over. */
export async function showExport(site: Site, reply: FastifyReply, reader: Reader): Promise<FastifyReply> {
  const { frame, person, newsletter, address, subscription, others } = reader;
  const { tongue } = frame;
  const words = tongue.words.export;
  const data = await personalData(site.db, person, site.now());
  const number = (count: number) => new Intl.NumberFormat(tongue.locale.intl).format(count);
  const names = [subscription, ...others].flatMap((each) => (each ? [each.name] : []));
  return site.show(reply, 'export', frame, {
    title: words.title,
    text: words.text,
    facts: [
      { name: words.address, value: address, dir: 'ltr' },
      { name: words.since, value: shortDate(tongue.locale, person.created_at, newsletter.time_zone) },
      { name: words.newsletters, value: tellList(tongue, names) || words.none },
      { name: words.consents, value: number(data.consents.length) },
      { name: words.editions, value: number(data.editions.length) },
    ],
    action: words.action,
    note: words.note,
  });
}

/** All of it, as a file. */
export async function download(
  site: Site,
  _request: FastifyRequest,
  reply: FastifyReply,
  { person, newsletter }: Reader,
): Promise<FastifyReply> {
  const now = site.now();
  const day = now.toZonedDateTimeISO(newsletter.time_zone).toPlainDate();
  return reply
    .headers({
      'content-disposition': `attachment; filename="${newsletter.slug}-my-data-${day}.json"`,
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    })
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(await personalData(site.db, person, now), null, 2)}\n`);
}

/** What erasing means, and its button. */
export async function showErase(site: Site, reply: FastifyReply, reader: Reader): Promise<FastifyReply> {
  const { frame, address, subscription, others } = reader;
  const { tongue } = frame;
  const words = tongue.words.erase;
  const reading = [subscription, ...others].flatMap((each) =>
    each && (each.state === 'active' || each.state === 'paused') ? [each.name] : [],
  );
  return site.show(reply, 'erase', frame, {
    title: words.title,
    text: tell(tongue, words.text, { address }),
    leaving: reading.length > 0 && tell(tongue, words.leaving, { newsletters: tellList(tongue, reading) }),
    kept: words.kept,
    action: words.action,
    less: reading.length > 0 && words.less,
    choices: words.choices,
    choicesUrl: pathFor(site, reader, 'choices'),
  });
}

/** Erases the reader, at once. @throws PageError when they are gone already. */
export async function erase(
  site: Site,
  _request: FastifyRequest,
  reply: FastifyReply,
  { frame, person }: Reader,
): Promise<FastifyReply> {
  const erased = await eraseSubscriber(site.db, person.email, 'reader', site.now());
  // Pressed twice at once: the other one has done it.
  if (!erased) throw new PageError('gone', 410, frame);
  return site.show(reply, 'message', frame, frame.tongue.words.erased);
}
