import type { Db } from '../../src/database/connect.ts';
import { sqliteOf } from '../../src/database/drivers.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { editionComposer } from '../../src/delivery/composing.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { sendNow } from '../../src/delivery/send-now.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { keepHeapLean } from '../../src/lean-heap.ts';
import { composeEdition } from '../../src/messages/compose.ts';
import { importSubscribers } from '../../src/subscribers/import.ts';
import { linkKeys } from '../../src/subscribers/links.ts';
import { approvedEdition, openNewsroom, SLOT, storeStories, writeReaders } from './newsroom.ts';
import { startSmallSink } from './sinks.ts';

/** What a stage measured, by name; times in ms, memory in MiB. */
export type Figures = Record<string, number>;

/** Each runs in a process of its own, so that its memory is its own. */
export const STAGES: Record<string, (url: string, size: number) => Promise<Figures>> = {
  edition: editionStage,
  import: importStage,
  send: sendStage,
};

/** From `size` stored stories to a rendered edition, and from there to one recipient's message. */
async function editionStage(url: string, size: number): Promise<Figures> {
  const { context, newsletter, db } = await openNewsroom(url);
  await storeStories(db, size);
  const count = countQueries(db);
  const began = performance.now();
  const id = await prepareEdition(context, newsletter, 'daily', SLOT);
  const prepared = performance.now();
  const revision = await readRevision(db, id);
  const { config, secrets } = context;
  const site = { publicUrl: config.publicUrl, bounceDomain: config.bounceDomain, keys: linkKeys(secrets) };
  await composeEdition(revision, null, site);
  const rendered = performance.now();
  const queries = count();
  const composed = await composeEdition(revision, null, site);
  const again = performance.now();
  if (composed === null) throw new Error('The edition is empty.');
  const recipient = (at: number) => ({
    deliveryToken: at.toString(16).padStart(32, '0'),
    subscriberToken: at.toString(16).padStart(32, '0'),
    email: `reader${at}@example.org`,
    name: null,
    subscribedAt: SLOT.epochMilliseconds,
    rhythm: 'daily',
  });
  const messageBytes = composed.forRecipient(recipient(1), SLOT).raw.length;
  const composing = time(20_000, (at) => composed.forRecipient(recipient(at), SLOT)) * 1000;
  await db.destroy();
  return {
    stories: size,
    select: prepared - began,
    renderFirst: rendered - prepared,
    renderAgain: again - rendered,
    queries,
    items: revision.items.length,
    messageBytes,
    composing,
  };
}

async function importStage(url: string, size: number): Promise<Figures> {
  const { newsletter, db } = await openNewsroom(url);
  const file = `${url.slice('sqlite:'.length)}.csv`;
  await writeReaders(file, size);
  const before = peakMemory();
  const began = performance.now();
  const report = await importSubscribers(db, newsletter, file, { confirmedElsewhere: true, now: SLOT });
  const time = performance.now() - began;
  if (report.added !== size) throw new Error(`${report.added} of ${size} were imported.`);
  await db.destroy();
  return { people: size, perSecond: size / (time / 1000), before, peak: peakMemory() };
}

/** Freezes and sends an edition to the readers that the stage before imported. */
async function sendStage(url: string, size: number): Promise<Figures> {
  // As the program does.
  keepHeapLean();
  const room = await openNewsroom(url);
  const { context, db } = room;
  const id = await approvedEdition(room);
  await using sink = await startSmallSink();
  const before = peakMemory();
  const began = performance.now();
  await freezeAudience(context, id, { dueAt: SLOT });
  const frozen = performance.now();
  const afterFreeze = peakMemory();
  const relay = nodemailerRelay(`smtp://127.0.0.1:${sink.port}`, { connections: 20 });
  const state = await sendNow(context, relay, id, { compose: editionComposer(context) });
  const sent = performance.now();
  if (state !== 'sent') throw new Error(`The edition is ${state}.`);
  await db.destroy();
  return {
    people: size,
    freeze: frozen - began,
    perSecond: size / ((sent - frozen) / 1000),
    before,
    afterFreeze,
    peak: peakMemory(),
  };
}

/** Counts the statements that the database is given from now on. @returns how many those were. */
function countQueries(db: Db): () => number {
  const database = sqliteOf(db);
  const prepare = database.prepare.bind(database);
  let queries = 0;
  database.prepare = (text) => {
    queries++;
    return prepare(text);
  };
  return () => queries;
}

/** Highest resident memory of this process so far, MiB. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** ms a run, after a warm-up. */
function time(runs: number, work: (at: number) => unknown): number {
  for (let at = 0; at < runs / 10; at++) work(at);
  const began = performance.now();
  for (let at = 0; at < runs; at++) work(at);
  return (performance.now() - began) / runs;
}
