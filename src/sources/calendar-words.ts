/** Languages whose month names are read in dates. Where two of them differ about a name, the first wins. */
const LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'pt',
  'it',
  'nl',
  'vi',
  'ar',
  'ar-SY',
  'ar-MA',
  'id',
  'ms',
  'tr',
  'pl',
  'cs',
  'ru',
  'uk',
  'sv',
  'da',
  'nb',
  'fi',
  'ro',
  'hu',
  'el',
  'hi',
  'bn',
  'fa-u-ca-gregory',
  'ur',
];

/** Abbreviations of time zones that news pages use, in minutes east of UTC. IST is India's, BST Britain's. */
export const ZONE_MINUTES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    z: 0,
    ut: 0,
    utc: 0,
    gmt: 0,
    wet: 0,
    bst: 60,
    west: 60,
    cet: 60,
    mez: 60,
    cest: 120,
    mesz: 120,
    eet: 120,
    sast: 120,
    eest: 180,
    msk: 180,
    eat: 180,
    ast: -240,
    gst: 240,
    pkt: 300,
    ist: 330,
    npt: 345,
    ict: 420,
    wib: 420,
    sgt: 480,
    hkt: 480,
    pht: 480,
    awst: 480,
    jst: 540,
    kst: 540,
    acst: 570,
    aest: 600,
    aedt: 660,
    nzst: 720,
    nzdt: 780,
    brt: -180,
    art: -180,
    et: -300,
    est: -300,
    edt: -240,
    ct: -360,
    cst: -360,
    cdt: -300,
    mst: -420,
    mdt: -360,
    pt: -480,
    pst: -480,
    pdt: -420,
  }),
);

/** Month names, long and short, folded by `foldName` → 1…12. */
export const MONTHS: ReadonlyMap<string, number> = monthNames();

/** Names of days of the week, folded by `foldName`. */
export const WEEKDAYS: ReadonlySet<string> = weekdayNames();

/** One form for the ways a name is written: small letters, no full stop at its end, marks composed. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/\.$/, '');
}

function monthNames(): Map<string, number> {
  const names = new Map<string, number>([['sept', 9]]);
  for (const { format } of formats([
    { month: 'long', day: 'numeric' },
    { month: 'long' },
    { month: 'short' },
  ])) {
    for (let month = 1; month <= 12; month++) {
      const name = format
        .formatToParts(Date.UTC(2026, month - 1, 15))
        .find((part) => part.type === 'month')?.value;
      // "tháng 11" of Vietnamese is not a name but a number, and is read by its own pattern.
      if (name === undefined || /[\d\s]/.test(name)) continue;
      const key = foldName(name);
      if (!names.has(key)) names.set(key, month);
    }
  }
  return names;
}

function weekdayNames(): Set<string> {
  const names = new Set(['tues', 'wednes', 'thur', 'thurs']);
  for (const { format } of formats([{ weekday: 'long' }, { weekday: 'short' }])) {
    for (let day = 1; day <= 7; day++) names.add(foldName(format.format(Date.UTC(2026, 5, day))));
  }
  return names;
}

function* formats(options: Intl.DateTimeFormatOptions[]): Generator<{ format: Intl.DateTimeFormat }> {
  for (const language of LANGUAGES) {
    for (const option of options) {
      yield {
        format: new Intl.DateTimeFormat(language, { ...option, timeZone: 'UTC', numberingSystem: 'latn' }),
      };
    }
  }
}
