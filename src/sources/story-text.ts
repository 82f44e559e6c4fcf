import { agencyAlone, agencyAtEnd } from './agencies.ts';
import { takeDateline } from './dateline.ts';
import type { DateSetting } from './dates.ts';

/** Signatures of agencies that a text ends with: "(ANI)", "(Reuters)", "(with inputs from ANI)". */
const SIGNATURE =
  /\s*[([](?:with (?:agency )?inputs? from )?((?:[A-Z]{2,6}|Reuters|Xinhua|Yonhap|Bloomberg|dpa|epd|Kyodo|Tass|Ansa|Interfax|TTXVN|رويترز|أ ف ب|وكالات)(?:\/[\p{L} ]{2,20})?)[)\]]\s*\.?$/u;

/** What agencies end a story with: "…, he said./.", "… said. Enditem", "… said. ■". */
const LAST_STOP = /\s*(?:\.?\/\.|\bEnditem|■)$/;

/** A body without the agency's signature at its end. */
export function endOfStory(body: string): { body: string; agency: string | null } {
  const start = body.lastIndexOf('\n\n');
  const alone = start < 0 ? null : agencyAlone(body.slice(start + 2));
  const { text, agency } = withoutSignature(alone === null ? body : body.slice(0, start));
  const match = SIGNATURE.exec(text);
  if (match === null) return { body: text, agency: agency ?? alone };
  return { body: text.slice(0, match.index).trimEnd(), agency: match[1] ?? null };
}

/** A paragraph without the signature behind its last sentence. `ends`: it says that the story is over. */
export function withoutSignature(paragraph: string): { text: string; agency: string | null; ends: boolean } {
  const signed = agencyAtEnd(paragraph);
  const text = signed === undefined ? paragraph : paragraph.slice(0, signed.start);
  const stopped = text.replace(LAST_STOP, '');
  const whole = stopped === text || /[.!?…]["'”’»)]*$/u.test(stopped) ? stopped : `${stopped}.`;
  const ends = stopped !== text || signed?.bracketed === false;
  return { text: whole, agency: signed?.name ?? null, ends };
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
