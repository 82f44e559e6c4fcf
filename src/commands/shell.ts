import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { OpenContext } from '../context.ts';
import type { Dns } from '../dns.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What the command line gives to a command, so that a test can run it in its own process and folder. */
export interface Shell {
  terminal: Terminal;
  /** The environment, `.env` included. */
  env: NodeJS.ProcessEnv;
  /** The folder it was started in: paths are relative to it. */
  folder: string;
  now: () => Temporal.Instant;
  dns: Dns;
  /**
   * Aborted by the first Ctrl-C or SIGTERM, the second ends the process. Only a command that has something to finish
   * asks for it (the handlers are attached then): every other one is ended by the first Ctrl-C.
   */
  signal: AbortSignal;
  /** Opens the database that the settings name, or the demo's with `--demo`; brought up to date unless `migrate` is false. */
  open: (
    command: Command,
    options?: { migrate?: boolean; logLevel?: Config['logLevel'] },
  ) => Promise<OpenContext>;
}

/** Every file in this folder exports one of these: it adds its command to `program`, with an example in its help. */
export type DefineCommand = (program: Command, shell: Shell) => void;
