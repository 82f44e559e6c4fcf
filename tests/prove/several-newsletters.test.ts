import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from '../delivery/newsroom.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';

onEachDatabase((database) => {
  test('a small newsletter of 07:05 does not wait behind a large one of 07:00', async () => {
    const { db } = await database.create();
    const sink = await startSink();
    onTestFinished(() => sink[Symbol.asyncDispose]());
    let now = SLOT;
    const context = testContext(db, { now: () => now, env: { SMTP_RATE: '300', STOP_SECONDS: '5' } });
    const large = await openNewsroom(db);
    await addReaders(db, large.newsletterId, ordinaryReaders(2_000));
    await freezeAudience(context, large.editionId);
    const small = await openNewsroom(db, { slug: 'harbour' });
    const few = Array.from({ length: 60 }, (_, at) => ({ email: `few${at}@example.org` }));
    await addReaders(db, small.newsletterId, few);
    const at = SLOT.add({ minutes: 5 });
    await freezeAudience(context, small.editionId, { dueAt: at });

    const timing = { pollEvery: 20, restFor: 30, renewEvery: 200, goodFor: 5_000 };
    const sender = await startSender(context, nodemailerRelay(sink.url, { connections: 5 }), { timing });
    onTestFinished(() => sender.stop());
    const soon = () => expect.poll(() => sink.messages.length, { interval: 5, timeout: 15_000 });
    await soon().toBeGreaterThan(50);
    expect(sink.messages.some(({ to }) => to.startsWith('few'))).toBe(false);

    now = at;
    const first = () => sink.messages.findIndex(({ to }) => to.startsWith('few'));
    const before = sink.messages.length;
    await expect.poll(first, { interval: 5, timeout: 15_000 }).toBeGreaterThan(0);
    // It begins within a moment of its time, and from then on every second message is its own.
    expect(first() - before).toBeLessThan(60);
    await soon().toBeGreaterThan(first() + 100);
    const next = sink.messages.slice(first(), first() + 100);
    const share = next.filter(({ to }) => to.startsWith('few')).length;
    expect(share).toBeGreaterThanOrEqual(40);
    expect(share).toBeLessThanOrEqual(60);
  });
});
