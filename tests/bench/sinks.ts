import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../src/free-port.ts';
import type { PostfixTools } from './postfix.ts';
import type { Count } from './sink-process.ts';

export interface Sink extends AsyncDisposable {
  port: number;
}

/** Our own small sink. */
export interface CountingSink extends Sink {
  /** What it counted since it was last asked. */
  count: () => Promise<Count>;
}

/** @param latency ms that it lets pass before it answers a message. */
export async function startSmallSink({ latency = 0 } = {}): Promise<CountingSink> {
  const child = fork(join(import.meta.dirname, 'sink-process.ts'), [String(latency)], {
    serialization: 'advanced',
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    count: async () => {
      child.send('count');
      const [count] = (await once(child, 'message')) as [Count];
      return count;
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

/** Postfix's `smtp-sink`. */
export async function startSmtpSink({ smtpSink, env }: PostfixTools): Promise<Sink> {
  const port = await freePort(0);
  // As root it wants to be told whose rights to take.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(smtpSink, [...user, `127.0.0.1:${port}`, '200'], { env, stdio: 'ignore' });
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 100) throw new Error(`${smtpSink} does not start.`);
    await pause(50);
  }
  return { port, [Symbol.asyncDispose]: () => ended(child) };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
