/** First words that lean on the sentence before: alone, nobody knows who "he" is or what "however" answers. */
const LEANING: Record<string, string> = {
  en: `he she they it this that these those his her their its him them however but and or nor so yet still instead
       meanwhile moreover furthermore also besides therefore thus hence otherwise then similarly likewise nevertheless
       nonetheless indeed additionally finally both neither another others such elsewhere afterwards later again
       consequently accordingly conversely rather because which who earlier here i we you my our your me us`,
  de: `er sie es dies diese dieser dieses sein seine ihr ihre aber und oder doch jedoch außerdem zudem dennoch deshalb
       daher dabei damit dann danach dagegen darauf dazu auch trotzdem stattdessen ebenso zuvor später ich wir`,
  fr: `il elle ils elles ce cela ceci celui celle ceux son sa ses leur leurs mais et ou donc or ni cependant toutefois
       pourtant ainsi enfin puis ensuite aussi par-dessus dès-lors je nous`,
  es: `él ella ellos ellas esto esta este estos estas eso ese esa su sus pero y o sino también además sin-embargo
       entonces luego así por-eso después tampoco yo nosotros`,
  vi: 'nhưng và tuy-nhiên ông bà anh chị họ nó điều-này đó này ngoài-ra do-đó vì-vậy sau-đó đồng-thời bên-cạnh-đó tôi',
  ar: 'لكن ولكن كما وقال وأضاف وأضافت وقالت وأوضح وأكد وأشار هذا هذه ذلك تلك هو هي هم وهو وهي لذلك ثم أيضا وكان وكانت',
};

const words = new Map(
  Object.entries(LEANING).map(([language, list]) => [
    language,
    list
      .trim()
      .split(/\s+/)
      .map((w) => w.replaceAll('-', ' ')),
  ]),
);

const PRONOUN_SPEAKS =
  /[,.!?][”"’']\s+(?:he|she|they|it)\s+\p{L}+|\b(?:he|she|they)\s+(?:also\s+)?(?:said|added|says|told|wrote|explained|continued)\b/iu;

/** "After seeing the plans, he decided", "was also said to": somebody or something was named before. */
const BACKWARD =
  /^[^\p{Lu}]?\p{L}+[^\p{Lu}]*\b(?:he|she)\b|^\P{L}*(?:\S+\s+){1,6}also\b|\bthe (?:same|latter|former)\b/u;

/** No sentence that is printed is longer, and the patterns take the square of a long one. */
const LOOKED_AT = 1000;

/** Whether a sentence cannot be understood without the one before it. */
export function leansOnPrevious(sentence: string, language: string | null): boolean {
  const list = words.get((language ?? 'en').slice(0, 2).toLowerCase());
  if (list === undefined) return false;
  const beginning = sentence.slice(0, LOOKED_AT);
  const start = beginning.replace(/^[\p{P}\s]+/u, '').toLowerCase();
  if (list.some((word) => start.startsWith(word) && !/^[\p{L}\p{M}-]/u.test(start.slice(word.length))))
    return true;
  return PRONOUN_SPEAKS.test(beginning) || BACKWARD.test(beginning);
}
