import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { Db } from '../../../src/database/connect.ts';
import { freezeAudience } from '../../../src/delivery/audience.ts';
import { Places } from '../../../src/delivery/limits/places.ts';
import { Ration } from '../../../src/delivery/limits/ration.ts';
import type { Relay } from '../../../src/delivery/relay.ts';
import { nodemailerRelay } from '../../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../../src/delivery/sender.ts';
import { LEASE, registerSender, removeSender } from '../../../src/delivery/senders.ts';
import { readLaneLimits } from '../../../src/limits.ts';
import { testContext } from '../../setup/context.ts';
import { onEachDatabase } from '../../setup/databases.ts';
import { type Script, startSink } from '../../setup/smtp-sink.ts';
import {
  addReaders,
  ledger,
  openNewsroom,
  ordinaryReaders,
  type Reader,
  SLOT,
  stateOf,
} from '../newsroom.ts';

const soon = (read: () => unknown) => expect.poll(read, { timeout: 10_000, interval: 10 });

onEachDatabase((database) => {
  async function newsroom(readers: Reader[], env: NodeJS.ProcessEnv = {}) {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, readers);
    const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000', ...env } });
    await freezeAudience(context, editionId);
    const relay = async (
      script: Script,
      given: Partial<NonNullable<Relay['limits']>> = {},
      connections = 4,
    ) => {
      const sink = await startSink(script);
      onTestFinished(() => sink[Symbol.asyncDispose]());
      const limits = { perSecond: 100_000, perDay: null, weight: 1, ...given };
      return { sink, relay: nodemailerRelay(sink.url, { connections, limits, replyTimeout: 3_000 }) };
    };
    const send = async (relays: Relay[], ctx = context) => {
      const sender = await startSender(ctx, relays, {
        timing: { pollEvery: 20, renewEvery: 40, restFor: 50 },
      });
      onTestFinished(() => sender.stop());
      return sender;
    };
    return { db, context, editionId, relay, send };
  }

  describe('several relays', () => {
    test('share the messages by their weights', async () => {
      const { context, editionId, relay, send } = await newsroom(ordinaryReaders(400));
      const [heavy, light] = [await relay({}, { weight: 3 }, 6), await relay({}, { weight: 1 }, 6)];
      await send([heavy.relay, light.relay]);
      await soon(() => stateOf(context, editionId)).toBe('sent');
      expect(heavy.sink.messages.length + light.sink.messages.length).toBe(400);
      expect(heavy.sink.messages.length / light.sink.messages.length).toBeGreaterThan(2);
      expect(heavy.sink.messages.length / light.sink.messages.length).toBeLessThan(4.5);
    });

    test('a light one that is slow takes no more than its share, and holds nobody up', async () => {
      const { context, editionId, relay, send } = await newsroom(ordinaryReaders(300));
      const [heavy, tarpit] = [await relay({}, { weight: 10 }), await relay({}, { weight: 1 })];
      tarpit.sink.script.dot = () => ({ after: 1_500 });
      await send([heavy.relay, tarpit.relay]);
      await soon(() => heavy.sink.messages.length).toBeGreaterThan(270);
      expect(tarpit.sink.messages.length).toBeLessThan(30);
      await soon(() => stateOf(context, editionId)).toBe('sent');
    });

    test('one that is away, or refuses us, is set aside and the others take over: nobody is lost, nobody paused', async () => {
      for (const script of [
        { greeting: () => ({ drop: true }) as const },
        { mail: () => '550 5.7.1 Sender not allowed' },
      ]) {
        const { db, context, editionId, relay, send } = await newsroom(ordinaryReaders(60));
        const [away, working] = [await relay(script), await relay({})];
        await send([away.relay, working.relay]);
        await soon(() => stateOf(context, editionId)).toBe('sent');
        expect(working.sink.taken.size).toBe(60);
        expect((await ledger(db, editionId)).states).toEqual({ sent: 60 });
      }
    });

    test('when all refuse us the edition is paused, and says who refused', async () => {
      const { db, context, editionId, relay, send } = await newsroom(ordinaryReaders(20));
      const refuses = { mail: () => '550 5.7.1 Sender not allowed' };
      await send([(await relay(refuses)).relay, (await relay(refuses)).relay]);
      await soon(() => stateOf(context, editionId)).toBe('paused');
      const { state_note } = await db.selectFrom('editions').select('state_note').executeTakeFirstOrThrow();
      expect(state_note).toContain('Sender not allowed');
      expect((await ledger(db, editionId)).states).toEqual({ queued: 20 });
    });

    test('one of weight 0 stands by: it takes nothing until all others are in trouble', async () => {
      const { context, editionId, relay, send } = await newsroom(ordinaryReaders(80));
      const [working, standby] = [await relay({}), await relay({}, { weight: 0 })];
      let taken = 0;
      working.sink.script.rcpt = () => (++taken > 30 ? '421 4.3.2 Closing' : undefined);
      await send([working.relay, standby.relay]);
      await soon(() => stateOf(context, editionId)).toBe('sent');
      expect(working.sink.taken.size).toBe(30);
      expect(standby.sink.taken.size).toBe(50);
    });
  });

  describe('limits', () => {
    test('a lane has no more messages out at once than it may, and does not hold up the others', async () => {
      const readers = [
        ...ordinaryReaders(60),
        ...ordinaryReaders(20).map(({ email }) => ({ email: `g${email}`, lane: 'gmail' })),
      ];
      const { context, editionId, relay, send } = await newsroom(readers, { LANE_LIMITS: 'gmail 2 at once' });
      let [out, most, others] = [0, 0, 0];
      const { relay: to, sink } = await relay({}, {}, 10);
      sink.script.dot = (address) => {
        if (!address.startsWith('g')) {
          others++;
          return undefined;
        }
        most = Math.max(most, ++out);
        setTimeout(() => out--, 30);
        return { after: 30 };
      };
      await send([to]);
      await soon(() => others).toBe(60);
      const beside = sink.messages.filter(({ to: address }) => address.startsWith('g')).length;
      await soon(() => stateOf(context, editionId)).toBe('sent');
      expect(most).toBe(2);
      expect(beside).toBeLessThan(20);
    });

    test('a batch whose lane has no place for a sender goes back to the one that has', async () => {
      const readers = ordinaryReaders(40).map(({ email }) => ({ email: `g${email}`, lane: 'gmail' }));
      const { context, editionId, relay, send } = await newsroom(readers, { LANE_LIMITS: 'gmail 1 at once' });
      // The first sender holds the only place; the second claims and must let go.
      await send([(await relay({})).relay]);
      await send([(await relay({})).relay]);
      await soon(() => stateOf(context, editionId)).toBe('sent');
    });

    test('a lane’s day is used to its last message, and no more of it is counted than was sent', async () => {
      const readers = ordinaryReaders(60).map(({ email }) => ({ email: `g${email}`, lane: 'gmail' }));
      const { db, context, editionId, relay, send } = await newsroom(readers, {
        LANE_LIMITS: 'gmail 40/day',
      });
      const { relay: to } = await relay({ dot: () => ({ after: 20 }) });
      const sender = await send([to]);
      await soon(async () => (await ledger(db, editionId)).states.sent).toBe(40);
      expect(sender.waiting.lanes).toEqual(['gmail']);
      await sender.stop();
      expect(await stateOf(context, editionId)).toBe('sending');
      const counted = await db.selectFrom('paced_hours').select('messages').execute();
      expect(counted.reduce((sum, { messages }) => sum + messages, 0)).toBe(40);
    });

    test('of a day’s messages none too many leave, however many senders; the rest waits', async () => {
      const { db, context, editionId, relay, send } = await newsroom(ordinaryReaders(120));
      const sinks = [await relay({}, { perDay: 50 }), await relay({}, { perDay: 50 })];
      for (const { relay: to } of sinks) await send([{ ...to, name: 'one relay' }]);
      const count = async () => (await ledger(db, editionId)).states.sent;
      await soon(count).toBeGreaterThanOrEqual(48);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(await count()).toBeLessThanOrEqual(50);
      expect(await stateOf(context, editionId)).toBe('sending');
    });

    test('senders share a relay’s connections evenly, and those of one that is gone are free', async () => {
      const { db } = await database.create();
      const [one, two] = [await registerSender(db, LEASE), await registerSender(db, LEASE)];
      const [first, second] = [new Places(db, 'relay r', 5), new Places(db, 'relay r', 5)];
      await Promise.all([first.share(one, () => 0), second.share(two, () => 0)]);
      await first.share(one, () => 0);
      expect([first.held, second.held].toSorted()).toEqual([2, 3]);
      await removeSender(db, one, undefined);
      await second.share(two, () => 0);
      expect(second.held).toBe(5);
      // Another comes while three are in use: they are given back as they end.
      const three = await registerSender(db, LEASE);
      const third = new Places(db, 'relay r', 5);
      await second.share(two, () => 4);
      await third.share(three, () => 0);
      expect([second.held, third.held]).toEqual([4, 1]);
      await second.share(two, () => 3);
      await third.share(three, () => 0);
      expect([second.held, third.held]).toEqual([3, 2]);
      expect(await placesOf(db)).toBe(5);
    });

    test('a lane that is set aside gets nothing, and the others go on', async () => {
      const readers = [...ordinaryReaders(10), { email: 'g@example.org', lane: 'gmail' }];
      const { db, context, editionId, relay, send } = await newsroom(readers);
      await db
        .insertInto('lanes')
        .values({ lane: 'gmail', aside_until: 9e15, since: 0, response: '550 5.7.1 no' })
        .execute();
      await send([(await relay({})).relay]);
      await soon(async () => (await ledger(db, editionId)).states.sent).toBe(10);
      expect(await stateOf(context, editionId)).toBe('sending');
      await db.deleteFrom('lanes').execute();
      await soon(() => stateOf(context, editionId)).toBe('sent');
    });
  });

  describe('refusals', () => {
    test('a provider that refuses five in a row for our reputation is left alone; the others get theirs', async () => {
      const readers = [
        ...ordinaryReaders(30),
        ...ordinaryReaders(30).map(({ email }) => ({ email: `g${email}`, lane: 'gmail' })),
      ];
      const { db, context, editionId, relay, send } = await newsroom(readers);
      const { relay: to } = await relay({
        rcpt: (address) => (address.includes('gr') ? '550 5.7.1 Our system has detected spam' : undefined),
      });
      await send([to]);
      await soon(async () => (await ledger(db, editionId)).states.sent).toBe(30);
      const aside = await db.selectFrom('lanes').select(['lane', 'response']).execute();
      expect(aside).toMatchObject([{ lane: 'gmail', response: expect.stringContaining('detected spam') }]);
      const { states, reasons } = await ledger(db, editionId);
      // What was on the wire meanwhile has been refused as well.
      expect(reasons.policy).toBeGreaterThanOrEqual(5);
      expect(reasons.policy).toBeLessThan(15);
      expect(states.queued).toBe(30 - (reasons.policy as number));
      expect(await stateOf(context, editionId)).toBe('sending');
      expect(await db.selectFrom('suppressions').select('id').execute()).toEqual([]);
    });

    test('when one in twenty of the first five hundred does not exist the edition is paused, and says so', async () => {
      const { db, context, editionId, relay, send } = await newsroom(ordinaryReaders(400));
      const { relay: to } = await relay({
        rcpt: (address) => (/^<?r\d*[05]@/.test(address) ? '550 5.1.1 No such user' : undefined),
      });
      await send([to]);
      await soon(() => stateOf(context, editionId)).toBe('paused');
      const edition = await db.selectFrom('editions').selectAll().executeTakeFirstOrThrow();
      expect(edition).toMatchObject({ paused_reason: 'refusals' });
      expect(edition.state_note).toContain('do not exist');
      await soon(async () => (await db.selectFrom('in_flight').selectAll().execute()).length).toBe(0);
      const { reasons, states } = await ledger(db, editionId);
      expect(reasons.gone).toBeGreaterThan(25);
      expect(reasons.gone).toBeLessThan(35);
      expect(states.queued).toBeGreaterThan(200);
    });
  });

  test('of a day nothing is lost: what one sender does not use another has, and a stop gives it back', async () => {
    const { db } = await database.create();
    const [one, two] = [new Ration(db, 'relay r', 3000), new Ration(db, 'relay r', 3000)];
    const silent = async (error: unknown) => {
      throw error;
    };
    const takeMore = async (ration: Ration) => {
      ration.replenish(() => {}, silent);
      await expect
        .poll(() => ration.available() > 0 || ration.exhausted, { timeout: 5_000, interval: 1 })
        .toBe(true);
    };
    await takeMore(one);
    expect(one.available()).toBe(3);
    // Nothing is to be sent by the first any more: it gives back what it took.
    await one.giveBackIdle();
    await one.giveBackIdle();
    expect(one.available()).toBe(0);
    let used = 0;
    for (; used < 10_000; used++) {
      if (two.available() === 0) await takeMore(two);
      if (two.available() === 0) break;
      two.take();
    }
    expect(used).toBe(3000);
    expect(two.exhausted).toBe(true);
    await two.giveBack();
    const { messages } = await db
      .selectFrom('paced_hours')
      .select((eb) => eb.fn.sum<number>('messages').as('messages'))
      .executeTakeFirstOrThrow();
    expect(messages).toBe(3000);
  });
});

async function placesOf(db: Db): Promise<number> {
  return (await db.selectFrom('places').select('number').execute()).length;
}

describe('settings', () => {
  test('lane limits are read as people write them', () => {
    const limits = readLaneLimits('gmail 20/s 10 at once 50000/day, outlook 5/s; icloud none') as Map<
      string,
      object
    >;
    expect(limits.get('gmail')).toEqual({ perSecond: 20, perDay: 50_000, atOnce: 10 });
    expect(limits.get('outlook')).toEqual({ perSecond: 5, perDay: null, atOnce: 5 });
    expect(limits.get('icloud')).toEqual({ perSecond: null, perDay: null, atOnce: null });
  });

  test.each(['gmail', 'gmail fast', 'gmail 0/s', 'gmail 5/s and', '5/s'])('%j is no limit', (text) => {
    expect(readLaneLimits(text)).toMatch(/^expected such as/);
    expect(() => readConfig({ LANE_LIMITS: text }, '/')).toThrow(/LANE_LIMITS: expected such as/);
  });

  test('further relays take what they do not say from the first, and are refused without an address', () => {
    const { config, secrets } = readConfig(
      {
        SMTP_URL: 'smtp://a',
        SMTP_RATE: '14',
        SMTP_URL_2: 'smtp://b',
        SMTP_WEIGHT_2: '0',
        SMTP_DAILY_2: '300',
      },
      '/',
    );
    expect(secrets.smtpUrls).toEqual(['smtp://a', 'smtp://b']);
    expect(config.relays).toEqual([
      { perSecond: 14, perDay: null, atOnce: 5, weight: 1 },
      { perSecond: 14, perDay: 300, atOnce: 5, weight: 0 },
    ]);
    expect(() => readConfig({ SMTP_URL: 'smtp://a', SMTP_RATE_3: '4' }, '/')).toThrow(
      /SMTP_URL_3: is not set/,
    );
    expect(() => readConfig({ SMTP_URL_2: 'smtp://a' }, '/')).toThrow(/SMTP_URL: is not set/);
    expect(() => readConfig({ SMTP_URL: 'smtp://a', SMTP_URL_2: 'x' }, '/')).toThrow(
      /SMTP_URL_2: expected smtp/,
    );
  });
});
