import { RefusedError } from '../refused-error.ts';

/** What was typed cannot be meant: said in one line like any refusal, but the exit code is 2, as for a wrong option. */
export class MisuseError extends RefusedError {
  override name = 'MisuseError';
}
