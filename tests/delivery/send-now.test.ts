import { expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import type { Relay } from '../../src/delivery/relay.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { type SendProgress, sendNow } from '../../src/delivery/send-now.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

onEachDatabase((database) => {
  async function newsroom() {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(10));
    const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000' } });
    return { context, editionId };
  }

  test('while the relay is away it is told why and until when, and the rest leaves when it is back', async () => {
    const { context, editionId } = await newsroom();
    await using sink = await startSink({
      mail: () => (sink.messages.length >= 4 ? '421 4.3.2 going down' : undefined),
    });
    const seen: SendProgress[] = [];
    const state = await sendNow(context, nodemailerRelay(sink.url, { connections: 1 }), editionId, {
      timing: { restFor: 150 },
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.trouble !== null) sink.script = {};
      },
    });
    expect(state).toBe('sent');
    expect(sink.taken.size).toBe(10);
    const away = seen.filter(({ trouble }) => trouble !== null);
    expect(away[0]).toMatchObject({
      done: 4,
      people: 10,
      trouble: { response: expect.stringContaining('going down') },
    });
    for (const { trouble } of away) expect(trouble?.nextTryIn).toBeLessThanOrEqual(150);
    expect(seen.at(-1)).toMatchObject({ done: 10, people: 10, trouble: null });
  });

  test('other mail that is due is counted down while it leaves first', async () => {
    const { context, editionId } = await newsroom();
    await using sink = await startSink({ dot: () => ({ after: 4 }) });
    for (let each = 0; each < 120; each++) {
      await queueNotice(
        context.db,
        'alert',
        `ops${each}@news.example`,
        { problem: 'x', subject: 'x', text: 'x', over: false },
        SLOT,
      );
    }
    const seen: SendProgress[] = [];
    await sendNow(context, nodemailerRelay(sink.url, { connections: 1 }), editionId, {
      onProgress: (progress) => seen.push(progress),
    });
    const counts = [...new Set(seen.map(({ notices }) => notices))];
    expect(counts[0]).toBe(120);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual(counts.toSorted((one, other) => other - one));
    expect(sink.messages.slice(0, 100).every(({ to }) => to.startsWith('ops'))).toBe(true);
    expect(sink.taken.size).toBe(130);
  });

  test('whoever sends is counted: the bar does not stand still while another process does the work', async () => {
    const { context, editionId } = await newsroom();
    // Ours gets nothing out before the other has done most of it.
    const slow = testContext(context.db, { now: () => SLOT, env: { SMTP_RATE: '1' } });
    await using away = await startSink({ greeting: () => '421 4.3.2 not now' });
    await using sink = await startSink({ dot: () => ({ after: 20 }) });
    const other = startOther(context, nodemailerRelay(sink.url, { connections: 1 }), editionId);
    const seen: SendProgress[] = [];
    const state = await sendNow(slow, nodemailerRelay(away.url, { connections: 1 }), editionId, {
      onProgress: (progress) => seen.push(progress),
    });
    await (await other).stop();
    expect(state).toBe('sent');
    expect(sink.taken.size).toBe(10);
    const counts = seen.map(({ done }) => done);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.some((done) => done > 0 && done < 10)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ done: 10, people: 10 });
  });

  test('paused on the way, it ends when another sender has its answers too: its sum is the last word', async () => {
    const { context, editionId } = await newsroom();
    const { db } = context;
    const answer = Promise.withResolvers<void>();
    await using away = await startSink({ greeting: () => '421 4.3.2 not now' });
    await using sink = await startSink({ dot: () => ({ until: answer.promise }) });
    // It has the batch before we ask for it.
    await freezeAudience(context, editionId);
    const sender = await startOther(context, nodemailerRelay(sink.url, { connections: 1 }), editionId);
    await vi.waitFor(() => expect(sink.commands.some((said) => /^DATA/i.test(said))).toBe(true), 5000);
    const sending = sendNow(context, nodemailerRelay(away.url, { connections: 1 }), editionId);
    await db.updateTable('editions').set({ state: 'paused' }).where('id', '=', editionId).execute();
    setTimeout(answer.resolve, 600);
    expect(await sending).toBe('paused');
    const sum = (await deliveryReport(db, editionId)).sent.total;
    await sender.stop();
    expect((await deliveryReport(db, editionId)).sent.total).toBe(sum);
    expect(sum).toBe(1);
  });
});

/** A second process that sends, once there is something to send. */
async function startOther(context: Context, relay: Relay, editionId: number) {
  await freezeAudience(context, editionId, { dueAt: SLOT });
  return startSender(context, relay, { timing: { pollEvery: 50 } });
}
