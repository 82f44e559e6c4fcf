import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { requeueDue } from '../../src/delivery/requeue.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { type Sink, startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, SLOT } from './newsroom.ts';

async function open() {
  const { db } = await sqlite.create();
  let now = SLOT;
  const context = testContext(db, { now: () => now, env: { SMTP_RATE: '100000' } });
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, [{ email: 'dürer@example.org' }, { email: 'r@example.org' }]);
  await freezeAudience(context, editionId);
  const sinks: Sink[] = [];
  return {
    context,
    editionId,
    later: () => {
      now = now.add({ minutes: 10 });
    },
    relay: async (extensions: string[]) => {
      const sink = await startSink({}, { extensions });
      sinks.push(sink);
      onTestFinished(() => sink[Symbol.asyncDispose]());
      return nodemailerRelay(sink.url, { connections: 1 });
    },
    taken: () => sinks.flatMap(({ taken }) => [...taken.keys()]).sort(),
    states: async () => (await ledger(db, editionId)).states,
    reasons: async () => (await ledger(db, editionId)).reasons,
  };
}

test('who has letters before the @ that the relay has no word for is left out, with the reason, and stays a reader', async () => {
  const room = await open();
  const sender = await startSender(room.context, await room.relay(['PIPELINING']), {
    timing: { pollEvery: 20 },
  });
  await sender.idle();
  await sender.stop();
  expect(room.taken()).toEqual(['r@example.org']);
  expect(await room.states()).toEqual({ sent: 1, excluded: 1 });
  expect(await room.reasons()).toEqual({ unsendable: 1 });
  const { db } = room.context;
  const left = await db.selectFrom('deliveries').select('response').where('state', '=', 'excluded').execute();
  expect(left[0]?.response).toContain('does not offer SMTPUTF8');
  expect(await db.selectFrom('suppressions').select('id').execute()).toEqual([]);
});

test('where another relay may know how, it is tried there later', async () => {
  const room = await open();
  const relays = [await room.relay(['PIPELINING']), await room.relay(['PIPELINING'])];
  const sender = await startSender(room.context, relays, { timing: { pollEvery: 20 }, random: () => 0 });
  onTestFinished(() => sender.stop());
  await sender.idle();
  expect(await room.states()).toEqual({ sent: 1, deferred: 1 });
  room.later();
  await requeueDue(room.context, new AbortController().signal);
  await sender.idle();
  expect(await room.states(), 'neither knows how').toEqual({ sent: 1, excluded: 1 });
});
