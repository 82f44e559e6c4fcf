/**
 * What a server offers, by its answer to EHLO (RFC 5321 §4.1.1.1): `SIZE 35882577`, `SMTPUTF8`; upper case.
 */
export function readCapabilities(answer: string): string[] {
  return answer
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => /^250[- ](.+)$/.exec(line)?.[1]?.trim().toUpperCase() ?? []);
}
