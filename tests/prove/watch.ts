import type { Db } from '../../src/database/connect.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import type { ProvingSink } from './sink.ts';

export interface Watch extends AsyncDisposable {
  looks: number;
  faults: string[];
}

/**
 * Looks again and again whether the ledger adds up, and whether it says of more people that they have it than do.
 * What has no answer because the database is away is no look.
 */
export function watchLedger(db: Db, sink: ProvingSink, people: number): Watch {
  const ending = new AbortController();
  const watch: Watch = { looks: 0, faults: [], [Symbol.asyncDispose]: async () => {} };
  const looking = (async () => {
    const { id } = await db.selectFrom('editions').select('id').executeTakeFirstOrThrow();
    while (!ending.signal.aborted) {
      const report = await deliveryReport(db, id).catch(() => null);
      if (report !== null) {
        const { audience, sent, refused, excluded, expired, unknown, open } = report;
        const sum = sent.total + refused.total + excluded.total + expired + unknown + open.total;
        if (audience !== people || sum !== people)
          watch.faults.push(`it does not add up: audience ${audience}, sum ${sum}, people ${people}`);
        if (sent.total > sink.kept)
          watch.faults.push(`${sent.total} are said to be sent when ${sink.kept} had been taken`);
        watch.looks++;
      }
      await pause(200);
    }
  })();
  watch[Symbol.asyncDispose] = async () => {
    ending.abort();
    await looking;
  };
  return watch;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
