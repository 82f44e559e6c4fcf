import { takeDateline } from './dateline.ts';
import type { DateSetting } from './dates.ts';

/** Signatures of agencies that a text ends with: "(ANI)", "(Reuters)", "(with inputs from ANI)". */
const SIGNATURE =
  /\s*[([](?:with (?:agency )?inputs? from )?((?:[A-Z]{2,6}|Reuters|Xinhua|Yonhap|Bloomberg|dpa|epd|Kyodo|Tass|Ansa|Interfax|TTXVN|رويترز|أ ف ب|وكالات)(?:\/[\p{L} ]{2,20})?)[)\]]\s*\.?$/u;

/** A body without the agency's signature at its end. */
export function endOfStory(body: string): { body: string; agency: string | null } {
  const match = SIGNATURE.exec(body);
  if (match === null) return { body, agency: null };
  return { body: body.slice(0, match.index).trimEnd(), agency: match[1] ?? null };
}

/** A body of a feed or page parted into dateline, agency and text, as news texts are. */
export function partsOfBody(
  text: string,
  setting: DateSetting,
): { body: string; dateline: string | null; agency: string | null } {
  const { body, agency } = endOfStory(text);
  const end = body.indexOf('\n\n');
  const first = end < 0 ? body : body.slice(0, end);
  const found = takeDateline(first, setting);
  if (found === undefined || found.rest.length < 40) return { body, dateline: null, agency };
  const rest = end < 0 ? '' : body.slice(end);
  return { body: found.rest + rest, dateline: found.text || null, agency: found.agency ?? agency };
}
