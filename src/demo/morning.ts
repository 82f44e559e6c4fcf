import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { previousSlots } from '../editions/slots.ts';
import { parseNewsletter } from '../newsletters/file.ts';
import { SAMPLES } from './sample-newsroom.ts';

const MAIN = 'morning.yaml';

/** The last time, before `now`, at which the main newsletter's daily edition was due: the moment that the demo plays. */
export async function lastMorning(now: Temporal.Instant): Promise<Temporal.Instant> {
  const { rhythms, time_zone } = parseNewsletter(
    await readFile(join(SAMPLES, 'newsletters', MAIN), 'utf8'),
    MAIN,
  );
  const daily = rhythms.daily === undefined ? {} : { daily: rhythms.daily };
  const [slot] = previousSlots({ rhythms: daily, time_zone }, now, 1);
  if (slot === undefined) throw new Error(`${MAIN} names no time of day.`);
  return slot.at;
}

/** A clock that shows `start` now and goes on from there. */
export function clockFrom(start: Temporal.Instant, now: () => Temporal.Instant): () => Temporal.Instant {
  const behind = now().since(start);
  return () => now().subtract(behind);
}
