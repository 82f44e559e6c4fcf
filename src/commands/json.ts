/**
 * What `--json` prints. Instants are ms UTC inside the program and ISO 8601 outside of it: every number under a name of
 * a moment (`slotAt`, `at`, `windowFrom`, `nextTryAt`) is written so.
 */
export function jsonOf(value: unknown, indent = 2): string {
  return JSON.stringify(
    value,
    (name, each: unknown) =>
      typeof each === 'number' && MOMENT.test(name)
        ? Temporal.Instant.fromEpochMilliseconds(each).toString()
        : each,
    indent,
  );
}

const MOMENT = /^(?:at|since|window(?:From|To)|\w+(?:At|Until))$/;
