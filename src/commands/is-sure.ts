import { RefusedError } from '../refused-error.ts';
import type { Shell } from './shell.ts';

/** Asks whoever sits there. @throws RefusedError when nobody is there to be asked. */
export async function isSure({ terminal }: Pick<Shell, 'terminal'>, question: string): Promise<boolean> {
  if (!terminal.interactive) throw new RefusedError(`“${question}” Nobody can be asked here: say --yes.`);
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message: question, default: false });
}
