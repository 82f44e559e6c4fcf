import { createLog, type Log } from '../log.ts';
import type { Terminal } from './terminal.ts';

/** The log of a command at a terminal: readable lines, each printed above whatever stands at the bottom. */
export async function readableLog(terminal: Terminal, level: Parameters<typeof createLog>[0]): Promise<Log> {
  const { prettyFactory } = await import('pino-pretty');
  const readable = prettyFactory({ colorize: terminal.color, ignore: 'pid,hostname' });
  return createLog(level, {
    destination: { write: (line) => terminal.err(readable(line).trimEnd()) },
  });
}
