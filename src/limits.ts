/** What a relay or a mailbox provider may be given at most; null: no limit. */
export interface Limits {
  perSecond: number | null;
  /** In any 24 hours. */
  perDay: number | null;
  /** Messages that are out at the same time, on a connection each. */
  atOnce: number | null;
}

/** The big mailbox providers take no more at once from one sender without complaint; `other` is many small ones. */
const BIG: Limits = { perSecond: null, perDay: null, atOnce: 5 };
const BIG_LANES = ['gmail', 'outlook', 'yahoo', 'aol', 'icloud'];
/** What has one intake for few readers. */
const SMALL: Limits = { perSecond: null, perDay: null, atOnce: 2 };
const NONE: Limits = { perSecond: null, perDay: null, atOnce: null };

/** A lane's limits where the operator has set none. */
export function defaultLimits(lane: string): Limits {
  if (lane === 'other') return NONE;
  return BIG_LANES.includes(lane) ? BIG : SMALL;
}

/**
 * Reads limits as people write them: `gmail 20/s 10 at once 50000/day, outlook 5/s, icloud none`. What is not
 * said of a lane keeps its default; `none` lifts all.
 * @returns by lane, or a sentence that says what is wrong.
 */
export function readLaneLimits(text: string): Map<string, Limits> | string {
  const limits = new Map<string, Limits>();
  for (const entry of text.split(/[,;\n]/).map((part) => part.trim())) {
    if (entry === '') continue;
    const [lane = '', ...rest] = entry.split(/[\s:=]+/);
    const said = rest.join(' ').toLowerCase();
    const own = { ...(limits.get(lane.toLowerCase()) ?? defaultLimits(lane.toLowerCase())) };
    if (said === 'none') Object.assign(own, NONE);
    const left = said.replace(/(\d+)\s*(\/\s*s(?:ec(?:ond)?)?|\/\s*d(?:ay)?|at once)/g, (_, count, unit) => {
      own[unit.endsWith('once') ? 'atOnce' : unit.includes('d') ? 'perDay' : 'perSecond'] = Number(count);
      return '';
    });
    const valid = Object.values(own).every((value) => value === null || value > 0);
    if (!/^[a-z0-9.-]+$/i.test(lane) || said === '' || !/^(none|\s*)$/.test(left) || !valid) {
      return `expected such as "gmail 20/s 10 at once 50000/day, outlook 5/s", found "${entry}"`;
    }
    limits.set(lane.toLowerCase(), own);
  }
  return limits;
}
