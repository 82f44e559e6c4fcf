import { distance } from 'fastest-levenshtein';

/** The one of `known` that `given` is most likely a slip of, if any is near enough. */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  return nearestFew(given, known, 1).find(
    (name) => distance(given.toLowerCase(), name.toLowerCase()) <= Math.max(2, Math.ceil(given.length / 3)),
  );
}

/** The `count` of `known` that are spelt most like `given`, nearest first. */
export function nearestFew(given: string, known: Iterable<string>, count: number): string[] {
  return [...known]
    .map((name) => ({ name, far: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far || (one.name < other.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}
