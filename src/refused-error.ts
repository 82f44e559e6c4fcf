/**
 * An expected failure. Its message is a sentence for the person who reads it: what was expected, what was found,
 * where, what to do. A command prints it as one line and exits with 1; the web shows it as it is.
 */
export class RefusedError extends Error {
  override name = 'RefusedError';
}
