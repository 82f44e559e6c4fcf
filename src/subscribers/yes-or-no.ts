/** What a cell that answers yes or no says, in the languages of other people's exports; null: neither. */
export function readYesOrNo(text: string): boolean | null {
  const word = text.trim().normalize('NFC').toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}

const YES = new Set(
  'true|yes|y|1|on|x|✓|✔|ok|agreed|given|granted|opted in|opted-in|ja|oui|sí|si|sì|sim|tak|kyllä|evet|có|đồng ý|نعم|да|はい|是|예'.split(
    '|',
  ),
);
const NO = new Set(
  'false|no|n|0|off|none|never|not given|denied|refused|withdrawn|opted out|opted-out|nein|nee|nej|nei|non|não|nao|nie|ei|hayır|không|لا|нет|いいえ|否|아니요'.split(
    '|',
  ),
);
