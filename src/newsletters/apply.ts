import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../database/connect.ts';
import { findNewsletter, type Newsletter } from './newsletter.ts';
import type { NewsletterSettings } from './settings.ts';

/** One key that differs, as a dotted path; undefined: not there. Values as the settings hold them. */
export interface SettingChange {
  key: string;
  before: unknown;
  after: unknown;
}

/**
 * Creates the newsletter of this slug or changes it; applying the same settings again changes nothing.
 * Its clock counts from `now` when it is new or its schedule changed, so that no slot of the past is made up.
 * @returns whether it is new, and which keys changed (all of them when it is new).
 */
export async function applyNewsletter(
  db: Db,
  settings: NewsletterSettings,
  now: Temporal.Instant,
  by = 'broadsheet',
): Promise<{ newsletterId: number; created: boolean; changes: SettingChange[] }> {
  return db.transaction().execute(async (tx) => {
    const at = now.epochMilliseconds;
    const stored = await findNewsletter(tx, settings.slug);
    const changes = settingChanges(stored && onlySettings(stored), settings);
    if (stored && changes.length === 0) return { newsletterId: stored.id, created: false, changes };
    const values = { name: settings.name, settings: JSON.stringify(settings), updated_at: at };
    const otherTimes = changes.some(({ key }) => key === 'time_zone' || key.startsWith('rhythms.'));
    const { id } = await (stored
      ? tx
          .updateTable('newsletters')
          .set({ ...values, ...(otherTimes ? { enabled_at: at } : {}) })
          .where('id', '=', stored.id)
          .returning('id')
          .executeTakeFirstOrThrow()
      : tx
          .insertInto('newsletters')
          .values({ ...values, slug: settings.slug, enabled_at: at, created_at: at })
          .returning('id')
          .executeTakeFirstOrThrow());
    await tx
      .insertInto('audit')
      .values({
        who: by,
        what: stored ? 'newsletter.changed' : 'newsletter.created',
        subject: settings.slug,
        at,
        before: stored ? JSON.stringify(keyed(changes, 'before')) : null,
        after: JSON.stringify(keyed(changes, 'after')),
      })
      .execute();
    return { newsletterId: id, created: !stored, changes };
  });
}

/** What applying `settings` would change. Pure; the order of keys is that of the file. */
export function settingChanges(
  stored: NewsletterSettings | undefined,
  settings: NewsletterSettings,
): SettingChange[] {
  const before = flatten(stored ?? {});
  const after = flatten(settings);
  return [...new Set([...Object.keys(after), ...Object.keys(before)])]
    .map((key) => ({ key, before: before[key], after: after[key] }))
    .filter((change) => !isDeepStrictEqual(plain(change.before), plain(change.after)));
}

/** A stored newsletter without what the database adds to its file. */
export function onlySettings({
  id: _,
  enabled: __,
  enabledAt: ___,
  ...settings
}: Newsletter): NewsletterSettings {
  return settings;
}

/** As the database gives it back: what is undefined is not there. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** `{ limits: { more: 6 } }` → `{ 'limits.more': 6 }`. Lists stay whole: their order is what they say. */
function flatten(settings: object, above = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === undefined
        ? []
        : typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.entries(flatten(value, `${above}${key}.`))
          : [[`${above}${key}`, value]],
    ),
  );
}

function keyed(changes: SettingChange[], side: 'before' | 'after'): Record<string, unknown> {
  return Object.fromEntries(changes.map((change) => [change.key, change[side]]));
}
