import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freezeAudience } from '../../../src/delivery/audience.ts';
import { makeKeyFile } from '../../../src/delivery/dkim/key-files.ts';
import { openKeyring } from '../../../src/delivery/dkim/keyring.ts';
import { signingRelay } from '../../../src/delivery/dkim/signing-relay.ts';
import { nodemailerRelay } from '../../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../../src/delivery/sender.ts';
import { resume } from '../../../src/editions/life.ts';
import { queueNotice } from '../../../src/notices/notice.ts';
import { temporaryFolder } from '../../setup/command-line.ts';
import { testContext } from '../../setup/context.ts';
import { onEachDatabase } from '../../setup/databases.ts';
import { startSink } from '../../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT } from '../newsroom.ts';

onEachDatabase((database) => {
  test('an edition that cannot be signed is paused with the reason, and keeps nobody else’s waiting', async () => {
    const { db } = await database.create();
    const keys = temporaryFolder();
    makeKeyFile(keys, { domain: 'evening.example', selector: 'bs1', ed25519: true });
    const sink = await startSink();
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000' } });
    const morning = await openNewsroom(db);
    const evening = await openNewsroom(db, { slug: 'evening' });
    const { settings } = await db
      .selectFrom('newsletters')
      .select('settings')
      .where('id', '=', evening.newsletterId)
      .executeTakeFirstOrThrow();
    await db
      .updateTable('newsletters')
      .set({ settings: settings.replace('digest@news.example', 'digest@evening.example') })
      .where('id', '=', evening.newsletterId)
      .execute();
    await addReaders(db, morning.newsletterId, ordinaryReaders(30));
    await addReaders(
      db,
      evening.newsletterId,
      Array.from({ length: 30 }, (_, at) => ({ email: `evening${at}@example.org` })),
    );
    const data = { newsletterId: morning.newsletterId, at: SLOT.epochMilliseconds };
    const token = await queueNotice(db, 'test', 'editor@example.org', data, SLOT);
    for (const { editionId } of [morning, evening]) await freezeAudience(context, editionId);

    const keysOf = openKeyring(keys, context.log);
    const relay = signingRelay(nodemailerRelay(sink.url, { connections: 5 }), keysOf);
    const sender = await startSender(context, relay, { timing: { pollEvery: 20, restFor: 60_000 } });
    onTestFinished(() => sender.stop());
    const state = async (id: number) =>
      db
        .selectFrom('editions')
        .select(['state', 'state_note', 'paused_reason'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
    await vi.waitFor(async () => expect((await state(evening.editionId)).state).toBe('sent'), 10_000);
    expect(await state(morning.editionId)).toEqual({
      state: 'paused',
      paused_reason: 'relay',
      state_note:
        'no DKIM key for news.example, and nothing is sent unsigned. Make one:  broadsheet dkim make news.example',
    });
    expect(sender.trouble, 'the relay did nothing wrong').toBeNull();
    expect([...sink.taken.keys()].every((address) => address.startsWith('evening'))).toBe(true);
    expect(sink.taken.size).toBe(30);
    expect((await ledger(db, morning.editionId)).states).toEqual({ queued: 30 });
    const notice = await db
      .selectFrom('notices')
      .selectAll()
      .where('token', '=', token)
      .executeTakeFirstOrThrow();
    expect(notice).toMatchObject({ state: 'queued', tries: 0, due_at: SLOT.epochMilliseconds + 60_000 });

    // The key is made while all of this runs; nothing is started anew.
    makeKeyFile(keys, { domain: 'news.example', selector: 'bs1', ed25519: true });
    await pause(1_100);
    await resume(db, morning.editionId, 'Mai', SLOT);
    await vi.waitFor(async () => expect((await state(morning.editionId)).state).toBe('sent'), 10_000);
    expect(sink.taken.size).toBe(60);
    expect(sink.messages.every(({ raw }) => raw.toString('latin1').startsWith('DKIM-Signature:'))).toBe(true);
  });
});
