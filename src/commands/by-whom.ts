import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Shell } from './shell.ts';

/** Adds `--by NAME` to a command that changes something people will ask about. */
export function withBy(command: Command): Command {
  return command.option('--by <name>', 'who does it (default: your login name)');
}

/** Who is at the command line, for the audit. */
export function byWhom({ by }: { by?: string }, { env }: Pick<Shell, 'env'>): string {
  return by?.trim() || env.SUDO_USER || loginName() || env.USER || 'operator';
}

/** A container's user may have no name. */
function loginName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
