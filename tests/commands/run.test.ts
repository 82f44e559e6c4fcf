import { expect, test } from 'vitest';
import { commandLine } from '../setup/command-line.ts';

test('help groups the commands, and teaches by example', async () => {
  const { code, out } = await commandLine()('--help');
  expect(code).toBe(0);
  expect(out).toMatch(/^Operation:\n {2}start .*\n {2}status /m);
  expect(out).toContain('broadsheet preview morning');
  expect(await commandLine()()).toMatchObject({ code: 0, out });
});

test('every command explains itself with an example', async () => {
  const broadsheet = commandLine();
  const { out } = await broadsheet('--help');
  const commands = [...(out.split('Examples:')[0]?.matchAll(/^ {2}([a-z]+) /gm) ?? [])].map(
    ([, name]) => name ?? '',
  );
  expect(commands.length).toBeGreaterThan(3);
  for (const command of commands) {
    const help = await broadsheet(command, '--help');
    expect(help.code, command).toBe(0);
    expect(help.out, command).toContain(`broadsheet ${command}`);
  }
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
