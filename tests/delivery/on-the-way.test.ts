import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { pause, resume } from '../../src/editions/life.ts';
import { readContent } from '../../src/editions/read-revision.ts';
import { storeRevision } from '../../src/editions/revisions.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const CONNECTIONS = 2;
const READERS = 40;

onEachDatabase((database) => {
  test('in the middle of a send a pause stops it, and a correction is in every copy from then on', async () => {
    const { db } = await database.create();
    const sink = await startSink({});
    const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100' } });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(READERS));
    await freezeAudience(context, editionId);
    const relay = nodemailerRelay(sink.url, { connections: CONNECTIONS });
    const sender = await startSender(context, relay, { timing: { pollEvery: 20 } });
    onTestFinished(async () => {
      await sender.stop();
      await sink[Symbol.asyncDispose]();
    });
    const taken = () => sink.messages.length;
    const correct = async (revision: number, subject: string) => {
      const content = await readContent(db, editionId, revision);
      if (content === undefined) throw new Error('no such revision');
      const changed = { ...content, subject };
      const maker = { touch: true, approves: true };
      await db
        .transaction()
        .execute((tx) => storeRevision(tx, editionId, revision, changed, 'Mai', SLOT, maker));
      return taken();
    };
    await expect.poll(taken, { interval: 5, timeout: 15_000 }).toBeGreaterThan(4);
    const atCorrection = await correct(1, 'Corrected');
    await expect.poll(taken, { interval: 5, timeout: 15_000 }).toBeGreaterThan(15);
    await pause(db, editionId, 'person', null, 'Jo', SLOT);
    const atPause = taken();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(taken()).toBeLessThanOrEqual(atPause + CONNECTIONS);
    expect(taken()).toBeLessThan(READERS);
    await correct(2, 'Corrected while it was paused');
    const beforeGoingOn = taken();
    await resume(db, editionId, 'Jo', SLOT);
    await expect.poll(() => stateOf(context, editionId), { timeout: 15_000 }).toBe('sent');

    const subjects = sink.messages.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1]);
    const count = (wanted: string) => subjects.filter((subject) => subject === wanted).length;
    // What was on the wire at that moment carries what it carried.
    const first = count('Subject of revision 1');
    expect(first).toBeLessThanOrEqual(atCorrection + CONNECTIONS);
    expect(count('Corrected')).toBe(beforeGoingOn - first);
    expect(count('Corrected while it was paused')).toBe(READERS - beforeGoingOn);
    const carried = await db
      .selectFrom('deliveries')
      .select((eb) => ['revision', eb.fn.countAll<number>().as('people')])
      .groupBy('revision')
      .orderBy('revision')
      .execute();
    expect(carried).toEqual([
      { revision: 1, people: first },
      { revision: 2, people: beforeGoingOn - first },
      { revision: 3, people: READERS - beforeGoingOn },
    ]);
  });
});
