import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { logSent } from '../../src/delivery/log-edition.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { sendNow } from '../../src/delivery/send-now.ts';
import { createLog } from '../../src/log.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

onEachDatabase((database) => {
  test('an edition has two lines in the log: that it goes out and to how many, and what became of them', async () => {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    const paused = SLOT.epochMilliseconds + 86_400_000;
    await addReaders(db, newsletterId, [
      ...ordinaryReaders(9),
      { email: 'gone@example.org' },
      { email: 'paused@example.org', state: 'paused', pausedUntil: paused },
    ]);
    await using sink = await startSink({
      rcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 No such user' : undefined),
    });
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
    const env = { SMTP_URL: 'smtp://news:secret@mail.example:587', SMTP_RATE: '100000' };
    const context = {
      ...testContext(db, { now: () => SLOT, env }),
      log: createLog('info', { destination }),
    };

    await sendNow(context, nodemailerRelay(sink.url, { connections: 2 }), editionId);

    const edition = 'morning/2026-11-24';
    expect(lines).toMatchObject([
      {
        msg: 'Going out',
        edition,
        people: 10,
        leftOut: 1,
        relays: ['smtp://news:•••@mail.example:587'],
      },
      { msg: 'Sent', edition, sent: 9, refused: 1, leftOut: 1, expired: 0, unknown: 0 },
    ]);
  });

  test('a large audience is counted in slices, between which whatever else waits has its turn', async () => {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(10));
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
    const context = { ...testContext(db, { now: () => SLOT }), log: createLog('info', { destination }) };
    await freezeAudience(context, editionId);
    await db.updateTable('deliveries').set({ state: 'sent' }).execute();
    await db
      .updateTable('deliveries')
      .set({ state: 'expired' })
      .where('subscriber_id', '=', (eb) =>
        eb.selectFrom('deliveries as one').select((max) => max.fn.max('one.subscriber_id').as('id')),
      )
      .execute();
    let turns = 0;
    let waiting = setImmediate(function turn() {
      turns++;
      waiting = setImmediate(turn);
    });
    onTestFinished(() => clearImmediate(waiting));
    await logSent(context, editionId, { slice: 3 });
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(lines).toMatchObject([{ msg: 'Sent', sent: 9, refused: 0, leftOut: 0, expired: 1, unknown: 0 }]);
  });
});
