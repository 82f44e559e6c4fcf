import type { Generated } from 'kysely';

/** A newsletter's settings, as `newsletter apply` stored them; `newsletters/newsletter.ts` reads them typed. */
export interface NewsletterTable {
  id: Generated<number>;
  /** Names the newsletter everywhere: `morning`. */
  slug: string;
  name: string;
  /** JSON of the whole checked newsletter file (`newsletters/settings.ts`). */
  settings: string;
  /** 0 pauses its clock: no edition is prepared. */
  enabled: Generated<number>;
  /** ms UTC. Slots before it are never made up. */
  enabled_at: number;
  created_at: number;
  updated_at: number;
}
