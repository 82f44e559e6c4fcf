import { isLabelShaped, knownSection } from './news-text/words.ts';

/** Categories of feed software that name no section. */
const NO_SECTION =
  /^(?:uncategori[sz]ed|general|news|latest(?: news)?|top stories|featured?|home|homepage|front ?page|blog|posts?|articles?|stories|misc(?:ellaneous)?|other|default|all|headlines|breaking(?: news)?|press releases?|allgemein|aktuelles?|non classé|sin categoría|senza categoria|chưa phân loại|tin tức|غير مصنف|أخبار|story|article|newsletter|updates?)$/iu;

/** The section among a story's categories, which may as well be tags; null when none of them surely is one. */
export function sectionAmong(categories: string[]): string | null {
  const named = categories.filter((category) => category !== '' && !NO_SECTION.test(category));
  for (const category of named) {
    const section = knownSection(category);
    if (section !== undefined) return section;
  }
  const [only] = named;
  return named.length === 1 && only !== undefined && isLabelShaped(only) ? only : null;
}
