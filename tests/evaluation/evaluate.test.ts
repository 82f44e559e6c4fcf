import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dsn, plain } from '../feedback/mails.ts';
import { evaluate } from './evaluate.ts';
import { TASKS } from './tasks.ts';

function folderOf(mails: { kind: string; raw: Buffer }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-evaluation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'bounces'));
  mails.forEach(({ raw }, at) => {
    writeFileSync(join(folder, 'bounces', `${at}.eml`), raw);
  });
  const lines = mails.map(({ kind }, at) =>
    JSON.stringify({ file: `${at}.eml`, kind, status: '', reason: '' }),
  );
  writeFileSync(join(folder, 'bounces.jsonl'), `${lines.join('\n')}\n`);
  return folder;
}

const gone = dsn({ token: 'a'.repeat(32) });
const full = dsn({ token: 'a'.repeat(32), status: '5.2.2', diagnostic: '552 5.2.2 mailbox full' });
const letter = plain({ From: 'ada@paper.example', Subject: 'Ferries' }, 'Which ferry?');

test('what is read rightly reaches what it must; what is missed is named', async () => {
  const folder = folderOf([
    { kind: 'hard', raw: gone },
    { kind: 'soft', raw: full },
    { kind: 'none', raw: letter },
  ]);
  const { met, json } = await evaluate(folder, TASKS);
  expect(met).toBe(true);
  expect(json[0]?.figures.map(({ value }) => value)).toEqual([1, 1, 1, 1]);
});

test('a hard one that is none, and a letter that is taken for a bounce, do not pass', async () => {
  const folder = folderOf([
    { kind: 'soft', raw: gone },
    { kind: 'none', raw: full },
  ]);
  const { met, json, text } = await evaluate(folder, TASKS, { misses: true });
  expect(met).toBe(false);
  expect(json[0]?.figures.map(({ value }) => value)).toEqual([0, 0, 1, 0]);
  expect(text).toContain('0.eml: soft (), found hard (unknown user)');
});

test('a folder without the file of a task has nothing of it measured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-evaluation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect((await evaluate(folder, TASKS)).json).toEqual([]);
});
