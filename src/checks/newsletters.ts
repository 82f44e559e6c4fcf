import type { Context } from '../context.ts';
import type { Dns } from '../dns.ts';
import { upcomingEditions } from '../editions/upcoming.ts';
import { listNewsletters, type Newsletter } from '../newsletters/newsletter.ts';
import { formatMoment } from '../terminal/moment.ts';
import { plural } from '../terminal/terminal.ts';
import { type Check, done, failed, look } from './check.ts';
import { checkSenders } from './senders.ts';

/**
 * Senders' addresses, newsletters with their next editions, and the sources they live on.
 * @param dns null: nothing outside is asked.
 */
export async function checkNewsletters(context: Context, dns: Dns | null): Promise<Check[]> {
  const newsletters = await listNewsletters(context.db);
  if (newsletters.length === 0) {
    return [
      failed('newsletter', 'there is none yet', 'broadsheet init, or: broadsheet newsletter apply FILE.yaml'),
    ];
  }
  return [
    ...(await checkSenders(context, newsletters, dns)),
    ...(await Promise.all(newsletters.map((newsletter) => checkNewsletter(context, newsletter)))),
    ...(await checkSources(context)),
  ];
}

async function checkNewsletter({ db, now }: Context, newsletter: Newsletter): Promise<Check> {
  const { slug, approval, editors, time_zone } = newsletter;
  if (!newsletter.enabled) return look('newsletter', `${slug} is switched off`, 'nothing, if that is meant');
  if (approval === 'required' && editors.length === 0) {
    return failed(
      'newsletter',
      `${slug} waits for approval, and has no editors who could give it`,
      'name editors in its file, or set approval: automatic',
    );
  }
  const { readers } = await db
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.countAll<number>().as('readers'))
    .where('newsletter_id', '=', newsletter.id)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow();
  const [slot] = await upcomingEditions(db, newsletter, now(), 1);
  const next = slot ? formatMoment(slot.at, time_zone, now()) : 'never';
  const found = `${slug}: next ${next}, ${plural(readers, 'reader')}, approval ${approval}`;
  return slot ? done('newsletter', found) : look('newsletter', found, 'its rhythms name no moment to come');
}

const DAY = 86_400_000;
/** Days without anything new after which a source is worth a look. */
const STALE_DAYS = 7;

async function checkSources({ db, now }: Context): Promise<Check[]> {
  const sources = await db
    .selectFrom('sources')
    .leftJoin('stories', 'stories.source_id', 'sources.id')
    .select((eb) => [
      'sources.name',
      'sources.failures',
      'sources.last_error',
      'sources.next_poll_at',
      'sources.created_at',
      eb.fn.max<number | null>('stories.created_at').as('newest'),
    ])
    .groupBy([
      'sources.id',
      'sources.name',
      'sources.failures',
      'sources.last_error',
      'sources.next_poll_at',
      'sources.created_at',
    ])
    .orderBy('sources.id')
    .execute();
  if (sources.length === 0)
    return [
      look('sources', 'there is none: editions would be empty', 'broadsheet source add URL --section World'),
    ];
  const faults = sources.flatMap((source): Check[] => {
    const gone = source.failures > 0 && source.next_poll_at === null;
    if (gone)
      return [look('source', `${source.name}: ${source.last_error ?? 'gone'}`, 'broadsheet source add URL')];
    if (source.failures >= 3) {
      return [
        look(
          'source',
          `${source.name} failed ${source.failures} times. ${source.last_error ?? ''}`.trim(),
          'broadsheet source poll, when it is mended',
        ),
      ];
    }
    const days = Math.floor((now().epochMilliseconds - (source.newest ?? source.created_at)) / DAY);
    if (source.next_poll_at === null || days < STALE_DAYS) return [];
    return [
      look('source', `${source.name}: nothing new for ${plural(days, 'day')}`, 'has its address changed?'),
    ];
  });
  return faults.length > 0 ? faults : [done('sources', `${plural(sources.length, 'source')}, all well`)];
}
