/** Marks of agencies that head a story: "(Reuters) -". Others are known by their brackets and capitals. */
const AGENCY =
  /\(\s*(?:[\p{Lu}][\p{L}\d&.]*(?:[ /][\p{Lu}\d][\p{L}\d&.]*){0,3}|dpa|رويترز|وكالات|[^()]{2,20}نيوز)\s*\)/u;
const SEPARATOR = /^\s*(?::|--|[–—]|-(?=\s))\s*/u;
const MONTH =
  /\b(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|janv|févr|mars|avril|juin|juil|août|ene|abr|ago|dic)\p{L}*\.?/iu;
const DATE =
  /\d{1,2}[/.-]\d{1,2}|ngày|\d{1,2}\s*(?:يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر)/u;
const PARTICLES = new Set(
  'of de la le el the al del da do di den der am in den ngày tháng năm st'.split(' '),
);
const ORDINARY_OPENERS =
  /^(?:On|In|At|Since|By|From|Until|After|Before|For|Am|Im|Seit|Depuis|En|El|Le|Der|Die|Das|The|A|An|Note|Question|Answer|Q|A)\s/;

const NAME = String.raw`\p{Lu}[\p{L}’'-]*\.?`;
const NAMES = String.raw`${NAME}(?:\s+${NAME}){0,4}`;

/** Heads that stand before a story's first words; each is taken off, one after the other. */
const HEADS: RegExp[] = [
  new RegExp(
    String.raw`^(?:[Bb]y|BY|[Vv]on|[Pp]ar|[Pp]or)[.:]?\s+${NAMES}(?:\s*(?:,|\band\b|\bund\b|\bet\b|\by\b|\bfor\b)\s+${NAMES}){0,4}\s*?(?:[.|]\s|\n|$)[\s|.]*`,
    'u',
  ),
  /^\[[\p{L}][\p{L} .&-]{1,38}\]\s+(?=[\p{Lu}"“‘'])/u,
  /^【[^】\n]{1,24}】\s*/u,
  /^by associated press(?: reporter)?\.?\s+/i,
  /^(?:first\s+|last\s+)?(?:published|updated|created|posted)\s*(?::\.?|at|on)\s*[^\n.|]{0,60}(?:[.|\n]+|$)[\s|.]*/i,
  /^(?:\||comments?\b\.?|\d+ (?:shares?|comments?)\b\.?)\s*/i,
  /^follow\s+@{1,2}\w+\s*(?:on \w+)?[.\s]*/i,
  /^(?:editor['’]s note|correction|note to editors)\s*:[^\n]*?(?:\n|(?<=[.!?])\s+(?=\(|\p{Lu}{3,}))/iu,
];
/** No head is longer. */
const LONGEST_HEAD = 600;
/** Byline, times, agency, dateline, and the same in another language; what repeats for ever is no head. */
const MOST_HEADS = 12;

/**
 * Takes off what a story opens with before its first sentence: byline, times of publication, and the dateline
 * ("Seoul [South Korea], November 30:", "LONDON, Nov 30 (Reuters) -", "(AP) --").
 */
export function withoutHead(text: string): string {
  let rest = text.trimStart();
  for (let before = '', heads = 0; before !== rest && heads < MOST_HEADS; heads++) {
    before = rest;
    let start = rest.slice(0, LONGEST_HEAD);
    const after = rest.slice(LONGEST_HEAD);
    for (const head of HEADS) start = start.replace(head, '');
    rest = withoutDateline(start + after);
  }
  return rest;
}

function withoutDateline(text: string): string {
  const agency = AGENCY.exec(text.slice(0, 120));
  if (agency !== null && isPlace(text.slice(0, agency.index))) {
    const after = text.slice(agency.index + agency[0].length);
    const separator = SEPARATOR.exec(after);
    if (separator !== null) return after.slice(separator[0].length);
    if (/^\s?\p{Lu}\p{Ll}/u.test(after)) return after;
  }
  const head =
    /^([^\n.!?:–—]*(?:\.(?!\s+\p{Lu}\p{Ll})[^\n.!?:–—]*){0,4}?)(:|\s+--?|\s*[–—])\s+(?=[\p{Lu}\p{Lo}\p{N}"“‘'«„])/u.exec(
      text.slice(0, 140),
    );
  if (head?.[1] === undefined || head[1].length > 90) return text;
  return isDateline(head[1].trim()) ? text.slice(head[0].length) : text;
}

/** Whether `head` names a place and perhaps a day, and says nothing. */
function isDateline(head: string): boolean {
  if (ORDINARY_OPENERS.test(head) || !isPlace(head)) return false;
  const dated = (MONTH.test(head) && /\d/.test(head)) || DATE.test(head);
  const capitals = /^\p{Lu}[\p{Lu} .’'-]*\p{Lu}(?:,|$|\s*\(|\s*\[)/u.test(head);
  return dated || capitals || /\[[^\]]+\]/.test(head);
}

/** Only names, numbers and particles: no word that a sentence is made of. */
function isPlace(text: string): boolean {
  const words = text.split(/[\s,،/()[\].]+/).filter(Boolean);
  return (
    words.length <= 9 &&
    words.every((word) => /^[\p{Lu}\p{Lo}\p{N}]/u.test(word) || PARTICLES.has(word) || MONTH.test(word))
  );
}

const LINES: RegExp[] = [
  /^(?:sources?|quellen?|fuentes?|nguồn|المصدر|مصدر)\s*[:：]/iu,
  /^(?:first |last )?(?:published|updated|posted)\b.{0,70}$/iu,
  /^(?:read|see) (?:more|also|next|the full)\b/iu,
  /^(?:also read|related(?: stor(?:y|ies)| articles?| coverage)?|recommended|more (?:on this|from|stories|news))\b.{0,120}$/iu,
  /^(?:xem thêm|đọc thêm|đọc tiếp|lire aussi|à lire|lesen sie (?:auch|hier)|mehr (?:zum thema|dazu)|lea también|ver también|اقرأ أيضا|اقرأ المزيد|المزيد)/iu,
  /^(?:sign up|subscribe|click|tap|(?:video )?scroll|swipe)\b.{0,160}$/iu,
  /^(?:watch|listen|follow|join|download|share|tweet|like)(?::| now| here| live| us| our| this| the video| @)/iu,
  /^(?:advertisement|sponsored|continue reading|story continues|skip to|loading|comments?$|share$|enlarge|hide caption|toggle)/iu,
  /^(?:photo|photograph|picture|image|file photo|illustration|graphic|video|caption|credit|foto|bild|ảnh|صورة)s?(?: credit)?\s*(?::|by\b|courtesy|©)/iu,
  /\((?:ap |file )?(?:photo|picture|image|credit)[^)]{0,60}\)$/iu,
  /^[^.!?]{0,60}(?:getty images|\/ ?(?:ap|afp|reuters|epa)(?: photo)?|shutterstock|alamy)[^.!?]{0,30}[.]?$/iu,
  /^(?:©|\(c\)|copyright)|all rights reserved/iu,
  /\bappeared first on\b/iu,
  /^\(?(?:additional )?(?:reporting|writing|editing|compiled|edited|written) by\b/iu,
  /\b(?:originally|first) (?:posted|published|appeared) (?:at|on|in|by)\b/iu,
  /\bcontributed to this (?:report|story|article)\b/iu,
  /^(?:this (?:article|story|report|post) (?:was|is|has been|first|originally)|for more information|all times are)\b/iu,
  /^e-?mail\b.{0,60}@/iu,
  /^follow\s+@/iu,
  /^\([^)]{1,30}\)\.?$/u,
  /^[\s\p{P}\p{S}]*$/u,
];

/** Whether a line is furniture of the page rather than a sentence of the story. */
export function isBoilerplate(line: string): boolean {
  return LINES.some((pattern) => pattern.test(line));
}
