import type { Check } from './check.ts';

/** What all checks together mean: whether an edition would not go out, and a sentence that counts. Pure. */
export function verdictOn(checks: Check[]): { fails: boolean; text: string } {
  const count = (mark: Check['mark']) => checks.filter((check) => check.mark === mark).length;
  const [toMend, toLookAt] = [count('failed'), count('look')];
  const looking = `${toLookAt} to look at`;
  if (toMend > 0) {
    const counts = toLookAt === 0 ? `${toMend} to mend` : `${toMend} to mend, ${looking}`;
    return { fails: true, text: `${counts}. An edition would not go out now.` };
  }
  return {
    fails: false,
    text: toLookAt > 0 ? `${looking}. An edition would go out.` : 'All is well: an edition would go out.',
  };
}
