import { stringify } from 'yaml';
import { readCheckedYaml } from '../checked-yaml.ts';
import { type NewsletterSettings, newsletterSettings } from './settings.ts';

/**
 * Reads a newsletter file.
 * @returns its settings with every default filled in, times in ms.
 * @throws FaultyFileError naming every fault with line and column.
 */
export function parseNewsletter(text: string, fileName: string): NewsletterSettings {
  return readCheckedYaml(text, newsletterSettings, fileName).value;
}

/** Writes settings as the file that `parseNewsletter` reads back to the same settings. */
export function renderNewsletter(settings: NewsletterSettings): string {
  const { from, sections, timing, ...rest } = settings;
  const file = {
    ...rest,
    from: `${from.name} <${from.address}>`,
    sections: sections.map(({ name, stories, lead }) =>
      stories === undefined && lead ? name : { name, stories, ...(lead ? {} : { lead }) },
    ),
    timing: Object.fromEntries(
      Object.entries(timing).flatMap(([key, length]) =>
        length === undefined ? [] : [[key, durationInWords(length)]],
      ),
    ),
  };
  // In the order in which settings.ts explains them.
  const ordered = Object.fromEntries(
    Object.keys(newsletterSettings.shape).map((key) => [key, file[key as keyof typeof file]]),
  );
  return stringify(ordered, { lineWidth: 100 });
}

/** `90 min`, `2 h`, `1 day`: in the largest unit that says it whole. */
export function durationInWords(length: number): string {
  if (length === 0) return '0 min';
  const [size, unit] = units.find(([each]) => length % each === 0 && length >= each) ?? [1, 'ms'];
  const count = length / size;
  return `${count} ${unit === 'day' && count !== 1 ? 'days' : unit}`;
}

const units: [number, string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];
