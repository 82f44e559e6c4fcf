import { expect, test } from 'vitest';
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
});
