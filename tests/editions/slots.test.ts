import { describe, expect, test } from 'vitest';
import {
  editionName,
  nextSlots,
  previousSlots,
  type Schedule,
  type Slot,
  slotsBetween,
} from '../../src/editions/slots.ts';
import { instant } from './newsroom.ts';

const at = (slots: Slot[]) => slots.map((slot) => slot.at.toString());

describe('a daily slot', () => {
  const changes: [zone: string, time: string, around: string, onTheDay: string][] = [
    ['America/New_York', '30 2', '2026-03-08', '2026-03-08T07:00:00Z'],
    ['America/New_York', '30 1', '2026-11-01', '2026-11-01T05:30:00Z'],
    ['Europe/London', '30 1', '2026-03-29', '2026-03-29T01:00:00Z'],
    ['Europe/London', '30 1', '2026-10-25', '2026-10-25T00:30:00Z'],
  ];
  test.each(changes)('in %s at %s comes once on each local day around %s', (zone, time, day, expected) => {
    const schedule: Schedule = { time_zone: zone, rhythms: { daily: `${time} * * *` } };
    const from = Temporal.PlainDate.from(day).subtract({ days: 3 });
    const days = Array.from({ length: 7 }, (_, index) => from.add({ days: index }));
    const start = from.toZonedDateTime(zone).toInstant();
    const end = from.add({ days: 7 }).toZonedDateTime(zone).toInstant();

    const slots = slotsBetween(schedule, 'daily', start, end);
    const dates = slots.map((slot) => slot.at.toZonedDateTimeISO(zone).toPlainDate().toString());
    expect(dates).toEqual(days.map(String));
    expect(at(slots)[3]).toBe(expected);
    expect(at(previousSlots(schedule, end, 7)).reverse()).toEqual(at(slots));
    expect(slots.map((slot) => editionName(schedule, slot))).toEqual(days.map(String));
  });

  test('from any instant of a day with 25 hours on, the next and the previous one are the same ones', () => {
    const schedule: Schedule = { time_zone: 'America/New_York', rhythms: { daily: '30 1 * * *' } };
    for (let hour = 0; hour < 25; hour += 1) {
      const moment = instant('2026-11-01T04:00:00Z').add({ hours: hour });
      const past = Temporal.Instant.compare(moment, instant('2026-11-01T05:30:00Z')) > 0;
      expect(at(nextSlots(schedule, moment, 1))).toEqual([
        past ? '2026-11-02T06:30:00Z' : '2026-11-01T05:30:00Z',
      ]);
      expect(at(previousSlots(schedule, moment, 1))).toEqual([
        past ? '2026-11-01T05:30:00Z' : '2026-10-31T05:30:00Z',
      ]);
    }
  });

  test('in Asia/Kathmandu is five hours and three quarters ahead of UTC', () => {
    const schedule: Schedule = { time_zone: 'Asia/Kathmandu', rhythms: { daily: '0 5 * * *' } };
    const [slot] = nextSlots(schedule, instant('2026-11-24T00:00Z'), 1);
    expect(slot?.at.toString()).toBe('2026-11-24T23:15:00Z');
    // The date is the local one: there it is the 25th already.
    expect(slot && editionName(schedule, slot)).toBe('2026-11-25');
  });
});

test('the slot at an instant is neither after nor before it', () => {
  const schedule: Schedule = { time_zone: 'UTC', rhythms: { daily: '0 7 * * *' } };
  const slot = instant('2026-11-24T07:00Z');
  expect(at(nextSlots(schedule, slot, 1))).toEqual(['2026-11-25T07:00:00Z']);
  expect(at(previousSlots(schedule, slot, 1))).toEqual(['2026-11-23T07:00:00Z']);
});

test('of several times a day none is lost or doubled by a change of the clock', () => {
  const schedule: Schedule = { time_zone: 'America/New_York', rhythms: { daily: '30 1,2,14 * * *' } };
  const on = (day: string) => {
    const start = Temporal.PlainDate.from(day).toZonedDateTime('America/New_York');
    return at(slotsBetween(schedule, 'daily', start.toInstant(), start.add({ days: 1 }).toInstant()));
  };
  expect(on('2026-03-08')).toEqual(['2026-03-08T06:30:00Z', '2026-03-08T07:00:00Z', '2026-03-08T18:30:00Z']);
  expect(on('2026-11-01')).toEqual(['2026-11-01T05:30:00Z', '2026-11-01T07:30:00Z', '2026-11-01T19:30:00Z']);
});

test('several times a day stand in the names of that day', () => {
  const schedule: Schedule = { time_zone: 'Europe/London', rhythms: { daily: '0 7,18 * * *' } };
  const names = nextSlots(schedule, instant('2026-11-24T00:00Z'), 2).map((slot) =>
    editionName(schedule, slot),
  );
  expect(names).toEqual(['2026-11-24T0700', '2026-11-24T1800']);
});

test('of two rhythms at one time the less frequent one is named', () => {
  const schedule: Schedule = {
    time_zone: 'Europe/London',
    rhythms: { daily: '0 7 * * *', weekly: '0 7 * * 1', weekdays: '0 7 * * 1-5' },
  };
  const monday = nextSlots(schedule, instant('2026-11-23T00:00Z'), 3);
  expect(monday.map((slot) => editionName(schedule, slot))).toEqual([
    '2026-11-23',
    '2026-11-23-weekdays',
    '2026-11-23-weekly',
  ]);
});
