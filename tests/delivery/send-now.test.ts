import { expect, test } from 'vitest';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { type SendProgress, sendNow } from '../../src/delivery/send-now.ts';
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
});
