/** The most of `times` (ms) that fall into any one second, wherever it begins. */
export function mostInASecond(times: number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  sorted.forEach((time, at) => {
    while (time - (sorted[first] as number) >= 1_000) first++;
    most = Math.max(most, at - first + 1);
  });
  return most;
}
