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
