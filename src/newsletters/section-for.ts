/** What papers call a subject, in the languages that we read. A newsletter's own names come before these. */
const SUBJECTS =
  `World|World News|International|Foreign|Global|Thế giới|Quốc tế|Monde|Mundo|Internacional|Welt|Ausland|Mondo|Esteri|Wereld|Buitenland|Dunia|Internasional|Dünya|Świat|Мир|العالم|عالم|دولي|دولية|국제|国际|国際
Business|Economy|Markets|Finance|Money|Companies|Kinh doanh|Kinh tế|Wirtschaft|Finanzen|Börse|Économie|Bourse|Entreprises|Economía|Negocios|Economia|Mercados|Economie|Ekonomi|Bisnis|Gospodarka|Экономика|اقتصاد|الاقتصاد|أعمال|مال وأعمال|경제|经济|経済
Sport|Sports|Thể thao|Deportes|Esportes|Desporto|Spor|Olahraga|Спорт|رياضة|الرياضة|스포츠|体育
Technology|Tech|Công nghệ|Technik|Digital|Technologie|Tecnología|Tecnologia|تكنولوجيا|التكنولوجيا|تقنية
Science|Khoa học|Wissen|Wissenschaft|Sciences|Ciencia|Ciência|Scienza|Наука|علوم|العلوم
Culture|Arts|Văn hóa|Kultur|Feuilleton|Cultura|Культура|ثقافة|الثقافة|문화|文化
Politics|Chính trị|Politik|Politique|Política|Politica|Политика|سياسة|السياسة|정치|政治
Health|Sức khỏe|Y tế|Gesundheit|Santé|Salud|Saúde|Salute|Sağlık|صحة|الصحة`
    .split('\n')
    .map((names) => names.split('|').map(fold));

/**
 * The section among `names`, a newsletter's, that a story labelled `label` belongs in: the one of that name, else the
 * first of the same subject ("International" in "World", "Kinh tế" in "Business"); undefined when there is none.
 */
export function sectionFor(label: string | null | undefined, names: readonly string[]): string | undefined {
  if (label === null || label === undefined) return undefined;
  const wanted = fold(label);
  const subject = SUBJECTS.find((each) => each.includes(wanted)) ?? [];
  return names.find((name) => fold(name) === wanted) ?? names.find((name) => subject.includes(fold(name)));
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase().trim();
}
