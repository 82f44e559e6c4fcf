import { agencyAlone } from './agencies.ts';
import { type DateReading, type DateSetting, readDate, takeDateAtEnd } from './dates.ts';

/** The place and day that a news agency writes before a story's first sentence. */
export interface Dateline {
  /** "Seoul [South Korea], November 30", without agency and colon; empty when only an agency stood there. */
  text: string;
  /** "Reuters" of "LONDON, Nov 30 (Reuters) -". */
  agency: string | null;
  date: DateReading | undefined;
  /** The paragraph without it. */
  rest: string;
  /** `likely`: only believed in a story's first paragraph ("Hanoi — The ministry …"). */
  certainty: 'sure' | 'likely';
}

const LONGEST = 140;
const MARK = /\s*[:：]\s+|\s+-{1,2}\s+|\s+-(?=\p{Lu})|(?<=\))\.-{1,2}\s*|\.?\s*[–—]\s*|\s*--\s*|(?<=\))\s+/gu;
/** Words in capitals, or before a colon, that head a paragraph without being a place. */
const NO_PLACE =
  /^(?:update|updated|breaking|exclusive|watch|live|video|photos?|note|editor.s note|correction|analysis|opinion|explainer|factbox|timeline|q|a|related|read more|also|source|warning|summary|background|who|what|why|how|when|where)$/iu;
const JOINERS = new Set(
  'of the de del la le les el al on upon am an der den and und y et d di do da dos in by à st sur aan'.split(
    ' ',
  ),
);

/** Takes the dateline off the beginning of a paragraph; undefined when it has none. */
export function takeDateline(paragraph: string, setting: DateSetting): Dateline | undefined {
  const head = paragraph.slice(0, LONGEST);
  let tried = 0;
  for (const mark of head.matchAll(MARK)) {
    if (mark.index === 0) continue;
    const rest = paragraph.slice(mark.index + mark[0].length).trim();
    const found = readDateline(head.slice(0, mark.index).trim(), mark[0].trim(), rest, setting);
    if (found !== undefined && (mark[0].trim() !== '' || isPlainHead(found))) return { ...found, rest };
    if (++tried === 4) break;
  }
  return undefined;
}

function readDateline(
  prefix: string,
  mark: string,
  rest: string,
  setting: DateSetting,
): Omit<Dateline, 'rest'> | undefined {
  if (!/^["“”„«‘'([]?[\p{Lu}\p{Lo}\p{N}]/u.test(rest)) return undefined;
  const { text, agency } = takeAgency(prefix.replace(/^\(([\p{L} ]{2,20})\)\s+(\p{Lu}.*)$/u, '$2 ($1)'));
  const day = agency === null ? undefined : readDate(text, setting);
  if (day !== undefined) return { text, agency, date: day, certainty: 'sure' };
  const dated = takeDateAtEnd(text, setting);
  const place = (dated === undefined ? text : text.slice(0, dated.start)).replace(/[\s,،]+$/u, '');
  const alone = agency === null && dated === undefined ? agencyAlone(place) : null;
  if (alone !== null) return { text: '', agency: alone, date: undefined, certainty: 'sure' };
  if (place === '')
    return agency === null ? undefined : { text: '', agency, date: undefined, certainty: 'sure' };
  if (!isPlace(place) || NO_PLACE.test(place)) return undefined;
  const found = { text, agency, date: dated?.reading };
  if (dated !== undefined || agency !== null || /\[[^\]]+\]$/.test(place))
    return { ...found, certainty: 'sure' };
  const colon = /[:：]/.test(mark);
  if (isCapitals(place)) return { ...found, certainty: colon ? 'likely' : 'sure' };
  const most = colon ? 2 : 3;
  return place.split(/[\s,/]+/).length <= most ? { ...found, certainty: 'likely' } : undefined;
}

/** "LONDON (Reuters)", "BERLIN, 30. November (dpa)", "Hà Nội (TTXVN)", "SEAHAVEN, Nov. 30, Kyodo". */
function takeAgency(prefix: string): { text: string; agency: string | null } {
  const match =
    /^(.*?)[,\s]*(?:\(([\p{L}][\p{L}\p{N} ./&+-]{1,40})\)|\/([\p{L}][\p{L} -]{2,30})\/)\s*\.?$/u.exec(prefix);
  const agency = (match?.[2] ?? match?.[3])?.trim();
  if (agency === undefined || agency.split(/\s+/).length > 4) {
    const comma = prefix.lastIndexOf(', ');
    const named = comma < 0 ? null : agencyAlone(prefix.slice(comma + 2));
    if (named !== null) return { text: prefix.slice(0, comma), agency: named };
    return { text: prefix.replace(/\.$/, ''), agency: null };
  }
  return { text: match?.[1]?.trim() ?? '', agency };
}

/** "Alappuzha, Nov 19 (PTI) The club won …": without a dash it takes place, day and agency to be one. */
function isPlainHead({ text, agency, date }: Omit<Dateline, 'rest'>): boolean {
  return agency !== null && date !== undefined && /[,،]/.test(text);
}

function isPlace(text: string): boolean {
  if (/\p{N}|["“”?!;]/u.test(text)) return false;
  const words = text
    .replace(/[[\]()]/g, ' ')
    .split(/[\s,،/]+/u)
    .filter((word) => word !== '');
  const caseless = words.every((word) => /^\p{Lo}/u.test(word));
  if (words.length === 0 || words.length > (caseless ? 4 : 8)) return false;
  return words.every(
    (word) =>
      /^['’]?[\p{Lu}\p{Lo}]/u.test(word) ||
      JOINERS.has(word.toLowerCase()) ||
      /^(?:d|l)['’]\p{Lu}/u.test(word),
  );
}

function isCapitals(text: string): boolean {
  const letters = text.replace(/[^\p{L}]/gu, '');
  return letters.length >= 3 && letters === letters.toUpperCase() && letters !== letters.toLowerCase();
}
