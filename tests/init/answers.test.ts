import { expect, test } from 'vitest';
import { read } from '../../src/init/answers.ts';
import { readClockTime } from '../../src/init/clock-time.ts';

test.each([
  ['7', '07:00'],
  ['7am', '07:00'],
  ['7:30 pm', '19:30'],
  ['7 P.M.', '19:00'],
  ['07:00', '07:00'],
  ['0730', '07:30'],
  ['7h', '07:00'],
  ['7h30', '07:30'],
  ['19.30', '19:30'],
  ['12am', '00:00'],
  ['12 pm', '12:00'],
  ['noon', '12:00'],
])('an hour may be typed %s', (typed, time) => {
  expect(readClockTime(typed)).toBe(time);
});

test.each(['', '24', '25:00', '7:60', '13 pm', '0 am', 'seven', '7 30 x', '12345'])(
  '%s is no hour',
  (typed) => {
    expect(readClockTime(typed)).toBeUndefined();
  },
);

test.each([
  ['7', '07:00', 'Europe/London'],
  [' 18:45  Asia/Kathmandu', '18:45', 'Asia/Kathmandu'],
  ['7:30 pm New York', '19:30', 'America/New_York'],
  ['7am, in paris', '07:00', 'Europe/Paris'],
  ['7h Honolulu', '07:00', 'Pacific/Honolulu'],
  ['0700 kolkata', '07:00', 'Asia/Kolkata'],
  ['7 (UTC)', '07:00', 'UTC'],
])('%s is an hour and a zone', (typed, hour, timeZone) => {
  expect(read.hourAndZone(typed, 'Europe/London')).toEqual({ hour, timeZone });
});

test('the faults of an hour and of its zone are named at once, with the zone that was meant', () => {
  expect(() => read.hourAndZone('25:00 Lundon', 'UTC')).toThrow(
    'Hour: expected a time such as 7, 7:30 pm or 19:30, found 25:00. Time zone: expected a time zone such as Europe/London, found Lundon (did you mean Europe/London?).',
  );
  expect(() => read.timeZone('Mars/Base')).toThrow(/found Mars\/Base\.$/);
  expect(() => read.timeZone('Europe/Lundon')).toThrow('did you mean Europe/London?');
});

test('a sender may be an address alone, and never a name alone', () => {
  expect(read.from(' digest@ledger.example')).toEqual({ name: '', address: 'digest@ledger.example' });
  expect(() => read.from('Ledger')).toThrow('Harbour Ledger <digest@news.example>');
});

test('a relay is a whole SMTP address or the inbox, and no password is repeated', () => {
  expect(read.smtpUrl(' inbox ')).toBe('inbox:');
  expect(read.smtpUrl('smtps://me:p%40ss@mail.example')).toBe('smtps://me:p%40ss@mail.example');
  for (const wrong of ['smtp.example', 'smtp://', 'http://mail.example', 'smtp://host:99999']) {
    expect(() => read.smtpUrl(wrong), wrong).toThrow('expected smtp://user:password@host:587');
  }
  for (const wrong of ['smtp://me:pa/ss@host:587', 'me:pa/ss@host', 'smtp://me:pa@ss/x@host:587']) {
    expect(() => read.smtpUrl(wrong), wrong).toThrow(/found (?!\S*(?:pa|ss))\S*@\S*; .* %40 %3A %2F %23\.$/);
  }
});

test('a site may be typed without its scheme, but it must be a host', () => {
  for (const right of ['', 'ledger.example', 'localhost:8080', 'http://127.0.0.1:80/x', '[::1]:8080']) {
    expect(read.site(` ${right} `)).toBe(right);
  }
  for (const wrong of ['ledger', 'ftp://ledger.example', 'the ledger.example', 'https://']) {
    expect(() => read.site(wrong), wrong).toThrow('expected an address such as ledger.example');
  }
});
