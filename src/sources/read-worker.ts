import { parentPort, workerData } from 'node:worker_threads';
import type { WorkOrder } from './read-apart.ts';
import { readDocument } from './read-document.ts';

/** What runs in the thread of `read-apart.ts`: reads one document and ends. */
const { bytes, about } = workerData as WorkOrder;
const now = Temporal.Instant.fromEpochMilliseconds(about.now);
parentPort?.postMessage(await readDocument(bytes, { ...about, now }));
