import { Worker } from 'node:worker_threads';
import { RefusedError } from '../refused-error.ts';
import type { DocumentAbout, ReadDocument } from './format.ts';
import { readDocument } from './read-document.ts';

/** What the thread is given: `now` as ms UTC, for Temporal objects cannot be sent. */
export interface WorkOrder {
  bytes: Uint8Array;
  about: Omit<DocumentAbout, 'now'> & { now: number };
}

/** Most feeds and pages are smaller: to read them costs less than to start a thread, whatever is in them. */
const LARGE = 250_000;
const WITHIN = 20_000;
const MOST_MEGABYTES = 1024;

/**
 * As `readDocument`, for documents of strangers: a large one is read in a thread of its own, which may take only so
 * much time and memory. Meanwhile, mail and web pages are served.
 * @param within ms.
 * @throws RefusedError when it takes more: a sentence for the operator.
 */
export async function readApart(
  bytes: Uint8Array,
  about: DocumentAbout,
  {
    large = LARGE,
    within = WITHIN,
    signal,
  }: { large?: number; within?: number; signal?: AbortSignal | undefined } = {},
): Promise<ReadDocument> {
  if (bytes.length < large) return readDocument(bytes, about);
  signal?.throwIfAborted();
  const { now, ...rest } = about;
  const workerData: WorkOrder = { bytes, about: { ...rest, now: now.epochMilliseconds } };
  const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  const { promise, resolve, reject } = Promise.withResolvers<ReadDocument>();
  const stop = () => reject(signal?.reason);
  const timer = setTimeout(
    () => reject(tooMuch(about, bytes, `more than ${Math.round(within / 1000)} s`)),
    within,
  );
  signal?.addEventListener('abort', stop, { once: true });
  worker.once('message', resolve);
  worker.once('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? tooMuch(about, bytes, `more than ${MOST_MEGABYTES} MB of memory`)
        : error,
    ),
  );
  worker.once('exit', (code) => reject(new Error(`the thread that read ${about.name} ended with ${code}`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function tooMuch({ name }: DocumentAbout, bytes: Uint8Array, what: string): RefusedError {
  const size = (bytes.length / 1e6).toFixed(1);
  return new RefusedError(
    `${name} (${size} MB) takes ${what} to read, which no feed or page does: nothing of it was taken.`,
  );
}
