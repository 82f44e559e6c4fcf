import { Resolver } from 'node:dns/promises';
import type { Context } from '../context.ts';
import { upcomingEditions } from '../editions/upcoming.ts';
import { listNewsletters, type Newsletter } from '../newsletters/newsletter.ts';
import { formatMoment } from '../terminal/moment.ts';
import { plural } from '../terminal/terminal.ts';
import { type Check, done, failed, look } from './check.ts';

/** Senders' addresses, newsletters with their next editions, and the sources they live on. */
export async function checkNewsletters(context: Context, { online }: { online: boolean }): Promise<Check[]> {
  const newsletters = await listNewsletters(context.db);
  if (newsletters.length === 0) {
    return [
      failed('newsletter', 'there is none yet', 'broadsheet init, or: broadsheet newsletter apply FILE.yaml'),
    ];
  }
  const real = context.secrets.smtpUrl !== null && context.secrets.smtpUrl !== 'inbox:';
  const senders = new Map(
    newsletters.map((newsletter) => [newsletter.from.address.toLowerCase(), newsletter]),
  );
  const checks: Check[] = [];
  for (const newsletter of senders.values())
    checks.push(...(await checkSender(newsletter, { dns: online && real })));
  for (const newsletter of newsletters) checks.push(await checkNewsletter(context, newsletter));
  return [...checks, ...(await checkSources(context))];
}

/** Providers whose domains nobody else may send for: their DMARC policies have such mail refused. */
const FREEMAIL =
  /^(gmail|googlemail|yahoo|ymail|aol|outlook|hotmail|live|msn|icloud|me|mac|gmx|web|proton|protonmail|mail|yandex|zoho)\.[a-z.]+$/i;
const NO_REPLY = /^(no|do-?not)[-_.]?reply/i;

async function checkSender(newsletter: Newsletter, { dns }: { dns: boolean }): Promise<Check[]> {
  const { address } = newsletter.from;
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (FREEMAIL.test(domain)) {
    return [
      failed(
        'sender',
        `${address}: mail for ${domain} may only come from its own servers, others refuse it`,
        'use an address of your own domain as from',
      ),
    ];
  }
  const replies = newsletter.reply_to ?? address;
  return [
    ...(dns ? await checkDomain(address, domain) : [done('sender', address)]),
    ...(NO_REPLY.test(replies)
      ? [
          look(
            'replies',
            `they go to ${replies}: readers do reply`,
            'set reply_to to an address that somebody reads',
          ),
        ]
      : []),
  ];
}

async function checkDomain(address: string, domain: string): Promise<Check[]> {
  const resolver = new Resolver({ timeout: 3000, tries: 1 });
  try {
    await resolver.resolveMx(domain);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTFOUND' || code === 'ENODATA') {
      return [
        failed(
          'sender',
          `${address}: ${domain} takes no mail (no MX): replies and bounces would be lost`,
          `publish an MX record for ${domain}`,
        ),
      ];
    }
    return [
      look('sender', `${address}: ${domain} could not be looked up (${code})`, 'try again, or use --offline'),
    ];
  }
  const policy = await resolver.resolveTxt(`_dmarc.${domain}`).catch(() => []);
  const dmarc = policy.map((parts) => parts.join('')).find((text) => text.startsWith('v=DMARC1'));
  if (dmarc !== undefined) return [done('sender', `${address}  MX ✓  DMARC ✓`)];
  return [
    done('sender', `${address}  MX ✓`),
    look(
      'DMARC',
      `_dmarc.${domain} has none; Gmail and Yahoo ask it of everybody who writes to many`,
      `publish  _dmarc.${domain} TXT "v=DMARC1; p=none; rua=mailto:${address}"`,
    ),
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
