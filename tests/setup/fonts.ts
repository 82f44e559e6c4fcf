import { readFileSync } from 'node:fs';

/**
 * Letters for screenshots that look the same everywhere: Gelasio has the metrics of Georgia, which this machine may
 * lack. For test pages only; no mail names a font that must be fetched.
 */
export function testFonts(): string {
  const vietnamese = 'U+0102-0103,U+0110-0111,U+0128-0129,U+01A0-01B0,U+0300-0309,U+1EA0-1EF9';
  const arabic = 'U+0600-06FF,U+FB50-FDFF,U+FE70-FEFC';
  return [
    face('Georgia', gelasio, 'gelasio-latin'),
    face('Georgia', gelasio, 'gelasio-vietnamese', vietnamese),
    face('Georgia', naskh, 'noto-naskh-arabic-arabic', arabic),
    face('Roboto', inter, 'inter-latin'),
    face('Roboto', inter, 'inter-vietnamese', vietnamese),
    face('Roboto', naskh, 'noto-naskh-arabic-arabic', arabic),
  ].join('\n');
}

const gelasio = import.meta.resolve('@fontsource/gelasio/package.json');
const inter = import.meta.resolve('@fontsource/inter/package.json');
const naskh = import.meta.resolve('@fontsource/noto-naskh-arabic/package.json');

/** Regular and bold of one subset. */
function face(family: string, folder: string, file: string, range?: string): string {
  return [400, 700]
    .map((weight) => {
      const data = readFileSync(new URL(`files/${file}-${weight}-normal.woff2`, folder)).toString('base64');
      const only = range === undefined ? '' : `;unicode-range:${range}`;
      return `@font-face{font-family:'${family}';font-weight:${weight};src:url(data:font/woff2;base64,${data})${only}}`;
    })
    .join('\n');
}
