import { openRelays } from '../../src/commands/open-relay.ts';
import { readConfig } from '../../src/config.ts';
import { openContext } from '../../src/context.ts';
import { isPostgres } from '../../src/database/dialect.ts';
import { sqliteOf } from '../../src/database/drivers.ts';
import { pgBossHandout } from '../../src/delivery/handout/pg-boss.ts';
import { startSender } from '../../src/delivery/sender.ts';
import type { Told } from './senders.ts';

/**
 * A sender in a process of its own, put together from the environment as `broadsheet start --only sender` does it, but
 * for its clock, which can be set, and its times, which are short: `sending-process.ts OFFSET LEASE`, both in ms.
 */
let [offset = 0, lease = 0] = process.argv.slice(2).map(Number);
const context = openContext(readConfig(process.env, process.cwd()), {
  now: () => Temporal.Now.instant().add({ milliseconds: offset }),
});
const { db } = context;
if (isPostgres(db)) context.handout = await pgBossHandout(context, { sweepEvery: 500 });
const sender = await startSender(context, openRelays(context), {
  timing: { pollEvery: 100, renewEvery: 500, goodFor: lease, restFor: 20 },
});

process.on('message', (told: Told) => {
  if (told.offset !== undefined) offset = told.offset;
  if (told.diskFull !== undefined) void setDiskFull(told.diskFull);
});
// Nobody is left who could ever stop us.
const orphaned = () => process.exit(1);
process.once('disconnect', orphaned);
process.once('SIGTERM', async () => {
  await sender.stop();
  await context.handout?.[Symbol.asyncDispose]();
  await db.destroy();
  process.off('disconnect', orphaned);
  process.disconnect?.();
});
process.send?.('started');

/** A limit of this connection's own: no page can be added, as when the disk is full. */
async function setDiskFull(full: boolean): Promise<void> {
  await db.connection().execute(async () => {
    const { raw } = sqliteOf(db);
    const { page_count } = raw.prepare('pragma page_count').get() as { page_count: number };
    raw.exec(`pragma max_page_count = ${full ? page_count : 1_000_000_000}`);
  });
}
