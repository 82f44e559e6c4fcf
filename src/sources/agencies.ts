/** News agencies whose names stand alone in a page: as its source, or as the signature under a story. */
const AGENCIES = String.raw`ANI|PTI|IANS|UNI|Press Trust of India|Asian News International|Indo-Asian News Service|Canadian Press|The Canadian Press|AAP|PA Media|Press Association|Reuters|REUTERS|Thomson Reuters|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|Yonhap|YONHAP|Kyodo|KYODO|Kyodo News|KYODO NEWS|Jiji|Jiji Press|Xinhua|XINHUA|CNA|VNA|VNS|TTXVN|VietnamPlus|Vietnam\+|VOV\.VN|VOV|Bernama|BERNAMA|Antara|ANTARA|APP|BSS|UNB|dpa|DPA|epd|KNA|APA|SDA|EFE|Europa Press|Lusa|LUSA|ANSA|Ansa|Adnkronos|Belga|ANP|TASS|Tass|Interfax|RIA Novosti|Ukrinform|PAP|CTK|ČTK|MTI|Anadolu|AA|SPA|WAM|QNA|IRNA|NAN|Bloomberg|UPI|TASR|BNS|NTB|Ritzau|STT|رويترز|أ ف ب|وكالات|قنا|واس|وام|연합뉴스|共同社|新华社`;
const AGENCY = `(?:${AGENCIES})(?: (?:News Agency|News|Newswire|Digital))?`;
const OTHER = String.raw`\p{Lu}[\p{L}&.-]*(?: \p{Lu}[\p{L}&.-]*){0,3} (?:News ?[Aa]gency|Newswire|News Service)`;
const NAME = `(?:${AGENCY}|${OTHER})`;
const NAMES = String.raw`${NAME}(?:\s*(?:[/,&+-]|and|und|et|y|và)\s*${NAME}){0,3}`;
const AFTER = String.raw`(?:Theo|Nach|Mit Material von|Según|Avec|Con información de|With inputs from|With agency inputs from|Via)\s+`;
/** Those who wrote and edited, by their letters: "ABC KLM KLM", "CORR AKJ", "abc/def". */
const INITIALS = String.raw`(?:[\s/-]+(?:(?!NEWS|TOP|WIRE|DESK|LIVE)[A-Z]{2,5}|[a-z]{2,5}(?:[/-][a-z]{2,5})+)){0,6}`;

/** dpa's people sign in small letters: "dpa abc xyz n1". */
const SMALL = String.raw`(?:(?<=dpa)(?: [a-z]{2,4}){1,5}(?: [a-z]\d)?)?`;

const ALONE = new RegExp(
  String.raw`^[-–—=/([\s]*(?:${AFTER})?(${NAMES})${INITIALS}${SMALL}\s*(?:[)\]]\.?|\.\/\.|[:;/]?)$`,
  'u',
);
const AT_END = new RegExp(
  String.raw`(?<=[.!?…]["'”’»)]*)\s*(?:[-–—/]{1,2}\s*)?(?:${AFTER})?([([]?)(${NAMES})${INITIALS}[)\]]?\s*\.?$`,
  'u',
);

/** The agency that `text` names and nothing else, however it signs: "PTI", "-- IANS", "Theo TTXVN", "PTI ABC KLM". */
export function agencyAlone(text: string): string | null {
  return text.length > 60 ? null : (ALONE.exec(text)?.[1] ?? null);
}

/** The signature of an agency behind the last sentence of `text`, where it begins and whether it stands in brackets. */
export function agencyAtEnd(text: string): { start: number; name: string; bracketed: boolean } | undefined {
  const tail = text.slice(-80);
  const match = AT_END.exec(tail);
  if (match?.[2] === undefined) return undefined;
  return { start: text.length - tail.length + match.index, name: match[2], bracketed: match[1] !== '' };
}
