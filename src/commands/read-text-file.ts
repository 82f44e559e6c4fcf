import { readFile } from 'node:fs/promises';
import { RefusedError } from '../refused-error.ts';

/** The text of a file that a person named. @throws RefusedError when it cannot be read. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const said = code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${message}`;
    throw new RefusedError(said, { cause: error });
  }
}
