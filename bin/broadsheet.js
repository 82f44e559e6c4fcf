#!/usr/bin/env node
// Plain JavaScript that any Node can parse: it finds Node 26 (npm installed it beside us) and hands over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const cli = new URL('../src/cli.ts', import.meta.url);
const node = fileURLToPath(
  new URL(`../node_modules/.bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);
// Compiled once, so that every further command starts in half the time. Kept with what it was made of.
const cache = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 26) {
  module.enableCompileCache(cache);
  await import(cli.href);
} else if (existsSync(node)) {
  const child = spawn(node, [fileURLToPath(cli), ...process.argv.slice(2)], {
    // The channel carries nothing: that it closes tells the child that we are gone, however we went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: cache, ...process.env },
  });
  // The child decides when its work is done. It knows that a Ctrl-C may reach it from the terminal and from us.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
} else {
  console.error(
    `Broadsheet needs Node 26, this is ${process.versions.node}. Run npm install in its folder: it brings Node 26.`,
  );
  process.exitCode = 1;
}
