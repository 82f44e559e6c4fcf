import { franc } from 'franc-min';

/** Less text than this tells a language from its neighbours too badly. */
const ENOUGH = 80;

/** The language of a tag without its country, as stories are matched by it: `en-us` → `en`, `zh-Hant-TW` → `zh-Hant`. */
export function baseLanguage(tag: string | null | undefined): string | null {
  try {
    const locale = new Intl.Locale((tag ?? '').trim().replaceAll('_', '-'));
    if (locale.language === 'und') return null;
    return locale.script === undefined ? locale.language : `${locale.language}-${locale.script}`;
  } catch {
    return null;
  }
}

/** The language that a text is written in, for sources that do not say; null when the text is too short to tell. */
export function guessLanguage(text: string): string | null {
  return text.length < ENOUGH ? null : baseLanguage(franc(text.slice(0, 2000)));
}
