import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine, temporaryFolder } from '../setup/command-line.ts';

test('help groups the commands, and teaches by example', async () => {
  const { code, out } = await commandLine()('--help');
  expect(code).toBe(0);
  expect(out).toMatch(/^Operation:\n {2}start .*\n {2}status /m);
  expect(out).toContain('broadsheet preview morning');
  expect(await commandLine()()).toMatchObject({ code: 0, out });
});

test('every command and every command in it explains itself with an example of its own', async () => {
  const broadsheet = commandLine();
  const explained: string[] = [];
  const look = async (...path: string[]) => {
    const { code, out } = await broadsheet('help', ...path);
    expect(code, path.join(' ')).toBe(0);
    expect(out, path.join(' ')).toMatch(new RegExp(`^Examples?:(\n.*)*broadsheet ${path.join(' ')}`, 'm'));
    expect(await broadsheet(...path, '--help'), path.join(' ')).toEqual({ code, out, err: '' });
    // What a person puts in stands in capitals, and no word is commander's own.
    expect(out, path.join(' ')).toMatch(/^Usage: broadsheet [^<]*\[OPTIONS\]\n/);
    expect(out.split(/^Examples?:/m)[0], path.join(' ')).not.toMatch(/<[a-z-]+(\.\.\.)?>|display help/);
    expect(/^ {2}--demo /m.test(out), path.join(' ')).toBe(!['demo', 'init'].includes(path.join(' ')));
    explained.push(path.join(' '));
    const inside = /^Commands:\n((?: {2}.*\n)+)/m.exec(out)?.[1] ?? '';
    for (const [, name = ''] of inside.matchAll(/^ {2}([a-z]+)/gm))
      if (name !== 'help') await look(...path, name);
  };
  const { out } = await broadsheet('--help');
  for (const [, name = ''] of (out.split('Examples:')[0] ?? '').matchAll(/^ {2}([a-z]+) /gm))
    await look(name);
  expect(explained).toEqual(
    expect.arrayContaining([
      'edition cancel',
      'source poll',
      'newsletter apply',
      'subscribers show',
      'migrate',
    ]),
  );
});

test('help of no command is that of all; of one that there is not names the nearest', async () => {
  const broadsheet = commandLine();
  expect(await broadsheet('help')).toEqual(await broadsheet('--help'));
  expect(await broadsheet('help', 'edition', 'aprove')).toEqual({
    code: 2,
    out: '',
    err: "✗ Unknown command 'aprove'. Did you mean approve?",
  });
  expect((await broadsheet('edition', 'help', 'aprove')).err).toContain('Did you mean approve?');
  expect((await broadsheet('help', 'nosuch')).err).toBe(
    "✗ Unknown command 'nosuch'. Nearest: source, check, send.",
  );
});

test('help breaks its sentences between words, at the width of the terminal', async () => {
  const { out } = await commandLine({ columns: 80 })('send', '--help');
  const sentences = out.split('\n').filter((line) => !line.startsWith(' '));
  expect(sentences).toContain(
    'Without --at: the next edition where its draft is made already, else the one of',
  );
  for (const line of sentences) expect(line.length).toBeLessThanOrEqual(80);
});

test('what must be given is in the usage, and is named when it is missing', async () => {
  const broadsheet = commandLine();
  expect((await broadsheet('test', '--help')).out).toContain(
    'Usage: broadsheet test EDITION --to ADDRESS… [OPTIONS]',
  );
  expect(await broadsheet('test', 'morning')).toMatchObject({
    code: 2,
    err: '✗ --to ADDRESS… must be given.',
  });
  expect(await broadsheet('newsletter', 'apply')).toMatchObject({ code: 2, err: '✗ FILE is missing.' });
});

test('every command that is suggested after --demo opens the demo too; output for scripts stays as it is', async () => {
  const broadsheet = commandLine();
  const suggested = async (...args: string[]) => (await broadsheet(...args)).out;
  expect(await suggested('source', 'list', '--demo')).toContain('broadsheet --demo source add https://');
  expect(await suggested('source', 'list')).toContain('broadsheet source add https://');
  expect(await suggested('check', '--demo', '--offline')).toContain('or: broadsheet --demo newsletter apply');
  expect(await suggested('check', '--demo', '--offline', '--json')).not.toContain('broadsheet --demo');
  expect((await broadsheet('--demo', 'send', 'morning')).err).toContain('broadsheet --demo newsletter apply');
  // What is suggested can be typed.
  expect(await broadsheet('--demo', 'source', 'list')).toEqual(await broadsheet('source', 'list', '--demo'));
  expect(await broadsheet('init', '--demo')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no --demo'),
  });
});

test('what is suggested can be pasted: with npx where the shell finds no broadsheet, and without where it does', async () => {
  const suggested = async (PATH: string, ...args: string[]) => {
    const { out, err } = await commandLine({ env: { PATH } })(...args);
    return out + err;
  };
  const folder = temporaryFolder();
  // npm puts this one there for the program alone.
  const npms = join(folder, 'node_modules', '.bin');
  for (const each of [npms, join(folder, 'bin')]) {
    mkdirSync(each, { recursive: true });
    writeFileSync(join(each, 'broadsheet'), '');
  }
  const path = ['/nowhere', npms].join(delimiter);
  expect(await suggested(path, 'source', 'list')).toContain('npx broadsheet source add https://');
  expect(await suggested(path, 'source', 'list', '--demo')).toContain('npx broadsheet --demo source add');
  expect(await suggested(path, 'send', 'morning')).toContain('npx broadsheet newsletter apply');
  expect(await suggested(path, 'status', '--help')).toContain('npx broadsheet status --json');
  expect(await suggested(path, 'check', '--offline', '--json')).not.toContain('npx');
  expect(await suggested(join(folder, 'bin'), 'source', 'list')).not.toContain('npx');
});

test('a misspelt command or option is answered with the nearest, and counts as misuse', async () => {
  const broadsheet = commandLine();
  expect(await broadsheet('statsu')).toEqual({
    code: 2,
    out: '',
    err: "✗ Unknown command 'statsu'. Did you mean status?",
  });
  expect(await broadsheet('status', '--jsno')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--json'),
  });
  expect(await broadsheet('start', '--only', 'web,foo')).toMatchObject({
    code: 2,
    err: expect.stringContaining('found foo'),
  });
});

test('a setting or a database that is wrong is one sentence and exit code 1, without its password', async () => {
  expect(await commandLine({ env: { PORT: 'x' } })('status')).toEqual({
    code: 1,
    out: '',
    err: '✗ Settings (environment or .env) are wrong: PORT: expected a number from 0 to 65535',
  });
  const unreachable = await commandLine({ env: { DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/x' } })(
    'status',
  );
  expect(unreachable).toMatchObject({
    code: 1,
    err: expect.stringContaining('postgres://me:•••@127.0.0.1:1/x cannot be opened'),
  });
});
