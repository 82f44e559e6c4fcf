/** Names of sections as papers print them, in the languages that we read; compared by `foldLabel`. */
const SECTIONS =
  `World|International|Global|Business|Economy|Markets|Finance|Money|Companies|Sport|Sports|Politics|National|Nation|Local|Region|Regional|City
Technology|Tech|Science|Sci/Tech|Health|Environment|Climate|Energy|Education|Culture|Arts|Entertainment|Lifestyle|Life|Style|Society|People
Opinion|Comment|Analysis|Editorial|Travel|Food|Media|Crime|Law|Justice|Courts|Weather|Defence|Defense|Security|Transport|Agriculture|Property
Asia|Africa|Europe|Americas|America|Middle East|Asia Pacific|Asia-Pacific|India|US|U.S.|USA|UK|U.K.|China|Vietnam|Football|Cricket|Tennis|Features|Obituaries
Thế giới|Quốc tế|Kinh doanh|Kinh tế|Thể thao|Thời sự|Trong nước|Chính trị|Xã hội|Pháp luật|Giáo dục|Sức khỏe|Y tế|Đời sống|Du lịch|Khoa học|Công nghệ|Số hóa|Văn hóa|Giải trí|Môi trường|Bất động sản|Ý kiến|Góc nhìn
العالم|عالم|دولي|دولية|عربي|عربية|اقتصاد|الاقتصاد|أعمال|مال وأعمال|رياضة|الرياضة|سياسة|السياسة|ثقافة|الثقافة|صحة|الصحة|علوم|العلوم|تكنولوجيا|التكنولوجيا|تقنية|محليات|مجتمع|فنون|بيئة|تعليم|آراء|رأي
Welt|Ausland|Inland|Wirtschaft|Politik|Kultur|Wissen|Wissenschaft|Gesundheit|Panorama|Technik|Digital|Meinung|Reise|Feuilleton|Gesellschaft|Umwelt|Bildung|Börse|Finanzen|Lokales
Monde|Économie|Politique|Société|Sciences|Santé|Environnement|Planète|Éducation|Idées|Entreprises|Bourse|France
Mundo|Economía|Deportes|Política|Cultura|Ciencia|Salud|Sociedad|Internacional|Negocios|Tecnología|Educación|Opinión|Nacional
Economia|Esportes|Desporto|Saúde|Tecnologia|Ciência|Educação|Opinião|Brasil|Mercados|Esteri|Cronaca|Salute|Scienza|Cultura e spettacoli
Wereld|Buitenland|Binnenland|Economie|Dunia|Internasional|Ekonomi|Bisnis|Olahraga|Dünya|Spor|Sağlık|Świat|Gospodarka|Мир|Экономика|Спорт|Политика|Культура|Наука|Общество`
    .split(/[|\n]/)
    .map((name) => name.trim());

const KNOWN: ReadonlyMap<string, string> = new Map(SECTIONS.map((name) => [foldLabel(name), name]));

/** The section that `text` names and nothing else: "WORLD", "World News", "[World]", "World / Asia"; else undefined. */
export function knownSection(text: string): string | undefined {
  if (text.length > 40) return undefined;
  const bare = bareLabel(text);
  const whole =
    KNOWN.get(foldLabel(bare)) ??
    KNOWN.get(foldLabel(bare).replace(/ (?:news|briefs?|in brief|round-?up|headlines|digest)$|^tin /, ''));
  if (whole !== undefined) return whole;
  const parts = bare.split(/\s*(?:[/>»›&|]|\band\b|\bund\b)\s*/u);
  if (parts.length < 2 || parts.length > 3) return undefined;
  const short = parts.every((part) => part !== '' && part.split(' ').length <= 2);
  return short ? KNOWN.get(foldLabel(parts[0] ?? '')) : undefined;
}

/** A label without brackets, hashes, stars and a colon around it. */
export function bareLabel(text: string): string {
  return text
    .replace(/^(?:#{1,6}|\*{1,3}|[-–—=~_]{2,}|[[(【]|[-–—=•]\s)\s*/u, '')
    .replace(/\s*(?:[\])】]|\*{1,3}|#{1,6}|[-–—=~_]{2,}|\s[-–—=])$/u, '')
    .replace(/\s*[:：]$/u, '')
    .trim();
}

/** Whether `text` could be a label by its form: a few words, no sentence, no figures. */
export function isLabelShaped(text: string): boolean {
  const bare = bareLabel(text);
  return (
    bare.length <= 28 &&
    bare.split(/\s+/).length <= 3 &&
    !/[\p{N}.,;!?…"“”„«»'’–—]/u.test(bare.replace(/\b(?:U\.S|U\.K)\.?/g, '')) &&
    /^[\p{Lu}\p{Lo}]/u.test(bare)
  );
}

/** "HARBOUR AFFAIRS" as it would stand in a line of text: "Harbour Affairs". */
export function calmCapitals(text: string): string {
  if (text !== text.toUpperCase() || text === text.toLowerCase() || !/\p{L}{4}/u.test(text)) return text;
  return text.toLowerCase().replace(/(?<![\p{L}'’])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** Lines after which further stories stand. */
export const MORE =
  /^[\s•»›>*#=-]*(?:(?:read |see |there.?s |and )?(?:more|other|further|related|additional|latest|recent|top|trending)(?: (?:top|world|business|sports?|local|latest|recent))?(?: (?:news|stories|story|headlines|articles|reports|coverage|reading|content|links|posts|in brief))(?: (?:today|this hour|of the day|on this))?|more (?:from|in|on) .{2,40}|more|related|elsewhere|also in the news|also today|in other news|in other developments|news in brief|in brief|briefs|briefly|read also|also read|see also|read more|read next|you may also like|recommended(?: for you)?|don.?t miss|headlines|tin khác|các tin khác|tin liên quan|xem thêm|đọc thêm|tin mới|tin cùng chuyên mục|bài liên quan|weitere (?:meldungen|nachrichten|themen|artikel)|mehr (?:nachrichten|meldungen|zum thema)|lesen sie auch|auch interessant|kurz gemeldet|plus d.actualités|à lire aussi|lire aussi|autres (?:articles|actualités|informations)|en bref|más noticias|otras noticias|lea también|noticias relacionadas|mais notícias|leia também|altre notizie|leggi anche|meer nieuws|lees ook|berita lain(?:nya)?|baca juga|diğer haberler|المزيد من الأخبار|مزيد من الأخبار|أخبار أخرى|اقرأ أيضا|اقرأ أيضًا|اقرأ أيضاً|أخبار ذات صلة|مواضيع ذات صلة|المزيد|другие новости|читайте также)[\s:：.…»›>*#=-]*$/iu;

/** A full stop that ends a word and no sentence: "hits 8-month high in Nov." */
export const ABBREVIATION_AT_END =
  /\b(?:U\.S|U\.K|U\.N|E\.U|D\.C|S|N|Inc|Ltd|Co|Corp|Cos|Bros|Jr|Sr|No|St|Mt|p\.m|a\.m|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mr|Mrs|Ms|Dr|Prof|Gov|Govt|Rep|Sen|Gen|Dept|Univ|Assn|pct|bn|mln|etc)\.$/;

/** What a desk writes before a headline to say how new it is: "UPDATE 2-", "(2nd LD)", "BREAKING:". */
const DESK_TAG =
  /^(?:(?:EXCLUSIVE|UPDATE|WRAPUP|ROUNDUP|LEAD|AMP|ACTUALISATION|WDH|RPT|REFILE|CORRECTED|REPEAT|TABLE)(?: ?\d{1,2})?\s?(?:-|:|–|—)\s*|[([](?:\d(?:st|nd|rd|th) )?(?:LEAD|LD|URGENT|BREAKING|FLASH|UPDATED?|RPT|AMP|AMPLIACIÓN|URGENTE?|EIL)(?: ?\d)?[)\]]\s*|(?:BREAKING(?: NEWS)?|Breaking(?: [Nn]ews)?|URGENTE?|Urgente?|FLASH|JUST IN|Just in|ALERT|NEWSALERT|EIL(?:MELDUNG)?|Eilmeldung|ALERTE|AMPLIACIÓN|KORREKTUR|UPDATE|Update|\d(?:st|nd|rd|th) (?:LD|Ld|LEAD|Lead)(?:-?[Ww]ritethru)?)\s*[:|–—-]\s+)/u;

/** A headline without its desk's tags. */
export function withoutDeskTags(headline: string): string {
  let rest = headline;
  for (let before = ''; before !== rest; ) {
    before = rest;
    const bare = rest.replace(DESK_TAG, '');
    if (bare.length >= 8) rest = bare;
  }
  return rest;
}

/** Lines that end a story or are drawn between two. */
export const RULE =
  /^(?:[-–—=_*~#•·.+\s]{3,}|-\s*30\s*-|[([]?\s*(?:ends?|ende|the end|hết|fin|fim|finis)\s*[)\]]?|#\s*#\s*#|\/ends?|end of (?:story|report|item|text)|topics mentioned in this (?:article|story))$/iu;

/** What stands on a news page and is no part of a story. */
export const NOISE =
  /^[[(]?(?:advertisement|advertisements|advert|sponsored|anzeige|werbung|publicité|publicidad|quảng cáo|إعلان|share(?: this)?(?: article| story)?|print|email|tweet|copy link|save|listen|loading…?|subscribe(?: now)?|sign up(?: now)?|follow us(?: on .*)?|all rights reserved\b.*|summary|category|purchase licensing rights|(?:to )?unsubscribe\b.*|you are receiving this .*|view (?:this )?(?:e-?mail |newsletter )?(?:online|in (?:your |a )?browser)\b.*|©.*|copyright .*|(?:get|download|subscribe|sign up|follow|join) .{0,60}(?:app|newsletter|updates|channel|inbox|whatsapp|telegram|facebook|twitter)\b.{0,30}|back to top|skip to content|\d+ min(?:ute)?s? read|\d+ comments?|comments?|(?:tags?|keywords|(?:suggested |related )?topics|từ khóa|schlagwörter)\s*[:：].*|page \d+(?: of \d+)?|(?:last )?(?:updated|published|posted)\b(?=.*\d).{0,40}|breaking(?: news)?|urgent|flash|just in|exclusive|live|attn\s*:.*|photo not for sale|enditem|endit|home\s*[>»›/].*|follow .{2,40} coverage\b.*|(?:facebook|twitter|x|instagram|telegram|tiktok|youtube|whatsapp)\s*:\s*\S.*|(?:foto|photo|video|vídeo|audio)s?(?:\)?,? \(?(?:foto|photo|video|vídeo|audio)s?)*)[\])]?$/iu;

const SOURCE_WORD =
  '(?:sources?|credit|nguồn(?: tin)?|theo nguồn|quelle|quellen|المصدر|مصدر|fuente|fonte|bron|sumber|kaynak|источник|źródło|agency|with (?:agency )?inputs? from)';
/** "Source: Yonhap", "(Source: Yonhap)". */
export const SOURCE = new RegExp(
  String.raw`^[([]?\s*${SOURCE_WORD}(?:\s*[:：]?(?<=[:：]|from)\s*|\s+[–—-]\s+(?=\p{Lu}.{1,60}$))(.{2,200}?)\s*[)\]]?\s*\.?$`,
  'iu',
);
/** The same at the end of a paragraph. */
export const SOURCE_AT_END = new RegExp(
  String.raw`\s*[([]\s*${SOURCE_WORD}\s*[:：]\s*([^()[\]]{2,80})[)\]]\s*\.?$|(?<=[.!?…”"’')])\s+${SOURCE_WORD}\s*[:：]\s*([^.:]{2,60})\.?$`,
  'iu',
);

const NAME = String.raw`(?:\p{Lu}[\p{L}\p{M}'’.-]*|\p{Lo}+|de|del|van|von|der|den|bin|al|el|la|da|di|and|und|y|et|và|&)`;
/** "By Jane Doe", "BY JANE DOE AND JOHN ROE", "Von Max Muster", "بقلم …": the names. */
export const BYLINE = new RegExp(
  String.raw`^(?:(?:By|BY|by|Von|VON|Par|PAR|Por|POR|Door|DOOR|Oleh|OLEH|Bởi|BỞI|(?:Written|Reported|Story|Words|Text) by)\s+|(?:By|BY|Author|AUTHOR|Byline|BYLINE|Reporter|REPORTER|Tác giả|Autor|Auteur|PV|Phóng viên)\s*[:：]\s*|(?:بقلم|كتب|كتبت|إعداد)\s*[:：]?\s*)(${NAME}(?:[\s,]+${NAME}){0,7}(?:\s*[,|(–—-]\s*.{2,60})?)$`,
  'u',
);

/** "Photo: Harbour Wire", "(Photo by Jane Doe)", "File photo", "[Image]". */
export const CAPTION =
  /^[([]?\s*(?:(?:photo|photograph|photos|image|picture|pic|video|graphic|chart|map|caption|file photo|file picture|ảnh|hình|foto|bild|صورة|الصورة|photo credit|image credit|image source|photo caption)\s*(?:[:：]|by\b|courtesy\b|credit\b|\/)|(?:file|representative|representational|archive) (?:photo|image|picture)\b|(?:photo|image|picture|video)\s*[)\]]).*$/iu;

/** "A view of the lake. REUTERS/Jane Doe/File Photo". */
export const PHOTO_CREDIT =
  /^.{0,400}\b(?:REUTERS|AFP|EPA|EFE|AP Photo|ANI Photo|Getty Images|Yonhap|Xinhua|Kyodo)\s?\/\s?\p{Lu}[\p{L}.'’-]*(?: [\p{L}.'’-]+)? ?\p{Lu}[^.]{0,60}$|\(PHOTO NOT FOR SALE\)/u;

/** Notes of the desk under a story: "Reporting by Jane Doe; editing by John Roe". */
export const DESK_NOTE =
  /^[([]?\s*(?:(?:additional )?reporting by|.{3,80} contributed (?:to this (?:report|story)|reporting)|editing by|writing by|editors?\s*[:：]|edited by|compiled by|bernama provides up-to-date|translated by|with (?:additional )?reporting|(?:the above|this) (?:story|report|article|news)(?: \S+){0,3} (?:published|auto-?generated|generated|sourced|from) |except for the headline|disclaimer:|our standards:|this (?:story|report|article) (?:has been|is) (?:published|auto-?generated|sourced)|\(?this story has not been edited|\p{L}[\p{L}'’-]+(?: and \p{L}[\p{L}'’-]+)? reported from [^.]{3,60}\.?$)/iu;

/** "Also read: …" within a story points to another one. */
export const TEASER =
  /^[[(]?(?:also read|read also|also see|see also|must read|read more|related|xem thêm|đọc thêm|à lire aussi|lire aussi|lesen sie auch|lea también|ver también|leia também|leggi anche|lees ook|baca juga|اقرأ أيضا|اقرأ أيضًا|читайте также)\s*[:：|–—-]\s*(?!https?:|www\.)\S.{9,}$/iu;

/** Keys of lines such as "Headline: …", as content systems export them. */
export const KEYED =
  /^(headline|title|slug ?line|section|category|desk|rubrik|ressort|chuyên mục|date ?line|link|url|full story|read (?:more|the full story|the full article)|more at|web|xem chi tiết|chi tiết|summary|standfirst|body|text)\s*[:：]\s*(\S.*)$/iu;

function foldLabel(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
}
