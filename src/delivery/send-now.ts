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

export interface SendProgress {
  /** Whose copy has an outcome, of all who are to get one. */
  done: number;
  people: number;
  /** Other mail that is due: it leaves first. */
  notices: number;
  /** null: the relay answers as it should. */
  trouble: RelayTrouble | null;
}

export interface SendNowOptions extends Pick<SenderOptions, 'compose' | 'timing'> {
  /** Told of every outcome, and every tenth of a second. */
  onProgress?: (progress: SendProgress) => void;
  /** Stops in order; the rest is sent by the next `send`, or by `start`. */
  signal?: AbortSignal;
}

/**
 * Sends an approved edition now, from freezing its audience to its end, with a sender of its own; one that was
 * begun before is continued. Ends early when it is paused or stopped, and when all that is left must wait for
 * another try. Closes the relays.
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
  const progress = {
    done: 0,
    people: await peopleLeft(context, editionId),
    notices: await noticesDue(context),
  };
  let sender: Sender | null = null;
  const tell = () => onProgress({ ...progress, trouble: sender?.trouble ?? null });
  tell();
  sender = await startSender(context, relays, {
    ...options,
    onWritten: (edition, outcome) => {
      // Put back: it will have another outcome.
      if (edition !== editionId || outcome.state === 'queued') return;
      progress.done++;
      tell();
    },
  });
  try {
    while (!signal?.aborted) {
      // Without an open batch only later tries are left.
      const state = await stateOf(context, editionId);
      // Nor is anybody served today by waiting for a provider that is left alone, or for a day to end.
      const { lanes, day } = sender.waiting;
      if (state !== 'sending' || day || !(await hasOpenBatch(context.db, editionId, lanes))) break;
      if (progress.notices > 0) progress.notices = await noticesDue(context);
      tell();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  } finally {
    await sender.stop();
  }
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

async function peopleLeft({ db }: Context, editionId: number): Promise<number> {
  const { people } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    .where('edition_id', '=', editionId)
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow();
  return people;
}

async function noticesDue(context: Context): Promise<number> {
  const kinds = await countDueNotices(context);
  return [...kinds.values()].reduce((sum, count) => sum + count, 0);
}
