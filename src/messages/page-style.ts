import { readFileSync } from 'node:fs';
import { type NewsletterSettings, newsletterSettings } from '../newsletters/settings.ts';
import { type Look, lookOf } from './look.ts';

/**
 * The style sheet of pages: the mail's own colours and letters as custom properties, `templates/style.css`, then
 * `rules` of the pages that it is for.
 * @returns it in a newsletter's look; null: in ours.
 */
export function pageStyle(rules: string): (look: NewsletterSettings['look'] | null) => string {
  const base = readFileSync(new URL('../../templates/style.css', import.meta.url), 'utf8');
  const tight = (base + rules).replace(/\/\*.*?\*\//gs, '').replace(/\s*\n\s*/g, '');
  return (look) => properties(look ?? OUR_LOOK) + tight;
}

const OUR_LOOK = newsletterSettings.shape.look.parse(undefined);

/** Colours that a page and the mail have in common; `dark-` stands before their name in the dark. */
const COLOURS = ['page', 'card', 'ink', 'text', 'muted', 'rule', 'tint', 'accent', 'on-accent'];

function properties(own: NewsletterSettings['look']): string {
  const look: Look = {
    ...lookOf(own, 'ltr'),
    'on-accent': letteringOn(own.accent),
    'dark-on-accent': letteringOn(own.accent_dark),
  };
  const all = (names: string[], prefix = '') =>
    names.map((name) => `--${name}:${look[prefix + name]}`).join(';');
  return (
    `:root{color-scheme:light dark;${all([...COLOURS, 'sans', 'headlines'])}}` +
    `@media (prefers-color-scheme:dark){:root{${all(COLOURS, 'dark-')}}}`
  );
}

/** White or ink, whichever reads better on a publisher's own colour (WCAG 2.2, 1.4.3). */
function letteringOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const contrastWithWhite = 1.05 / (luminance + 0.05);
  const contrastWithInk = (luminance + 0.05) / (0.0094 + 0.05);
  return contrastWithWhite >= contrastWithInk ? '#fff' : '#191817';
}
