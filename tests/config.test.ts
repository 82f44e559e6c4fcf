import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
const source = readFileSync(new URL('../src/config.ts', import.meta.url), 'utf8');

/** Lines such as `# PORT=3000`. */
const shown = [...example.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({
  name,
  value,
}));

test('.env.example names every variable of config.ts and no other, each explained above it', () => {
  // Those of a further relay have the names of the first, with a number after them.
  const known = [...new Set([...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name))];
  expect(known.length).toBeGreaterThan(10);
  expect(shown.map(({ name }) => name).sort()).toEqual(known.sort());
  for (const { name } of shown) {
    const above =
      example
        .slice(0, example.indexOf(`\n# ${name}=`))
        .split('\n\n')
        .at(-1) ?? '';
    expect(above, name).toMatch(/^# \S.*[a-z]{3}/m);
  }
});

test('what .env.example shows are the defaults: set, they change nothing', () => {
  const set = Object.fromEntries(shown.map(({ name, value }) => [name, value]));
  expect(readConfig(set, '/srv')).toEqual(readConfig({}, '/srv'));
});

test('every wrong variable is named at once, with what was expected', () => {
  const wrong = {
    PORT: '99999',
    PUBLIC_URL: 'news.example',
    SMTP_URL: 'mail.example:25',
    SECRET_KEY: 'short',
  };
  const message = messageOf(() => readConfig(wrong, '/srv'));
  expect(message).toContain('PORT: expected at most 65535');
  expect(message).toContain('PUBLIC_URL: expected an http(s) address');
  expect(message).toContain('SMTP_URL: expected smtp://user:password@host:587');
  expect(message).toContain('SECRET_KEY: expected at least 32 characters');
  expect(message).not.toContain('short');
});

test('the pages are at PORT unless PUBLIC_URL says otherwise', () => {
  const publicUrl = (env: NodeJS.ProcessEnv) => readConfig(env, '/srv').config.publicUrl;
  expect(publicUrl({ PORT: '4100' })).toBe('http://localhost:4100');
  expect(publicUrl({ PORT: '4100', PUBLIC_URL: 'https://news.example' })).toBe('https://news.example');
});

test('a relative SQLite path is relative to the folder, a slash at the end of PUBLIC_URL is dropped', () => {
  const { config, secrets } = readConfig(
    { DATABASE_URL: 'sqlite:x/y.sqlite', PUBLIC_URL: 'https://news.example/' },
    '/srv',
  );
  expect(secrets.databaseUrl).toBe('sqlite:/srv/x/y.sqlite');
  expect(config.publicUrl).toBe('https://news.example');
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It did not throw.');
}
