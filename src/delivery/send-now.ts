import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { EditionState } from '../database/tables/editions.ts';
import { freezeAudience } from './audience.ts';
import { hasOpenBatch } from './batches.ts';
import { finishEditions } from './finish.ts';
import { logGoingOut } from './log-edition.ts';
import { countDueNotices } from './notices.ts';
import type { Relay } from './relay.ts';
import type { RelayTrouble } from './relay-rest.ts';
import { requeueDue } from './requeue.ts';
import { type Sender, type SenderOptions, startSender } from './sender.ts';

/** How often the end is looked for, ms. */
const LOOK_EVERY = 100;

/** Counting takes at most one part in so many of the time: there may be a million people. */
const COUNTING_SHARE = 20;

export interface SendProgress {
  /** Whose copy has an outcome, of all who are to get one, whichever process sent it. */
  done: number;
  people: number;
  /** Other mail that is due: it leaves first. */
  notices: number;
  /** null: the relay answers as it should. */
  trouble: RelayTrouble | null;
}

export interface SendNowOptions extends Pick<SenderOptions, 'compose' | 'timing'> {
  /** Told every tenth of a second. */
  onProgress?: (progress: SendProgress) => void;
  /** Stops in order; the rest is sent by the next `send`, or by `start`. */
  signal?: AbortSignal;
}

/**
 * Sends an approved edition now, from freezing its audience to its end, with a sender of its own; one that was
 * begun before is continued. Ends early when it is paused or stopped, and when all that is left must wait for
 * another try. Other senders may work on it too; of one that is paused or stopped they too have finished what is on
 * the wire (`config.stopWithin`), so that what is counted then stays. Closes the relays.
 * @returns the edition's state then: `sent`; `sending` when somebody is left.
 */
export async function sendNow(
  context: Context,
  relays: Relay | Relay[],
  editionId: number,
  { onProgress = () => {}, signal, ...options }: SendNowOptions = {},
): Promise<EditionState> {
  const frozen = { dueAt: context.now(), ...(signal && { signal }) };
  if (await freezeAudience(context, editionId, frozen)) await logGoingOut(context, editionId);
  // What a former run put off, and is due by now.
  await requeueDue(context, signal ?? new AbortController().signal);
  const people = await peopleLeft(context, editionId);
  const progress = { done: 0, people, notices: await noticesDue(context) };
  let sender: Sender | null = null;
  const tell = () => onProgress({ ...progress, trouble: sender?.trouble ?? null });
  tell();
  const count = async () => {
    // Never back: who is due for another try is queued anew.
    progress.done = Math.max(progress.done, people - (await peopleLeft(context, editionId)));
  };
  let countAt = 0;
  sender = await startSender(context, relays, options);
  try {
    while (!signal?.aborted) {
      // Without an open batch only later tries are left.
      const state = await stateOf(context, editionId);
      // Nor is anybody served today by waiting for a provider that is left alone, or for a day to end.
      const { lanes, day } = sender.waiting;
      if (state !== 'sending' || day || !(await hasOpenBatch(context.db, editionId, lanes))) break;
      if (progress.notices > 0) progress.notices = await noticesDue(context);
      const began = performance.now();
      if (began >= countAt) {
        await count();
        const ended = performance.now();
        countAt = ended + COUNTING_SHARE * (ended - began);
      }
      tell();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  } finally {
    await sender.stop();
  }
  await othersStopped(context, editionId, signal);
  await count();
  tell();
  // An edition without a reader has no batch whose end would finish it.
  await finishEditions(context, [editionId]);
  return stateOf(context, editionId);
}

async function stateOf({ db }: Context, editionId: number): Promise<EditionState> {
  const { state } = await db
    .selectFrom('editions')
    .select('state')
    .where('id', '=', editionId)
    .executeTakeFirstOrThrow();
  return state;
}

/** Of an edition that no longer goes out: waits until no sender holds any of it, which it gives back with its wire idle. */
async function othersStopped(context: Context, editionId: number, signal?: AbortSignal): Promise<void> {
  const { db, config } = context;
  const patience = performance.now() + config.stopWithin;
  while (!signal?.aborted && performance.now() < patience) {
    if ((await stateOf(context, editionId)) === 'sending') return;
    const held = await db
      .selectFrom('batches')
      .select('id')
      .where('edition_id', '=', editionId)
      .where('state', '=', 'claimed')
      .limit(1)
      .executeTakeFirst();
    if (held === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** Counted in the index of those who wait, by the batches that are not done: what is done costs nothing. */
async function peopleLeft({ db }: Context, editionId: number): Promise<number> {
  const { people } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    // Written out, so that the partial index is known to fit.
    .where('state', '=', sql.lit('queued' as const))
    .where('batch_id', 'in', (eb) =>
      eb
        .selectFrom('batches')
        .select('batches.id')
        .where('batches.edition_id', '=', editionId)
        .where('batches.state', 'in', ['open', 'claimed']),
    )
    .executeTakeFirstOrThrow();
  return people;
}

async function noticesDue(context: Context): Promise<number> {
  const kinds = await countDueNotices(context);
  return [...kinds.values()].reduce((sum, count) => sum + count, 0);
}
