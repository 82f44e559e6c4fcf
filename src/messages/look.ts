import type { NewsletterSettings } from '../newsletters/settings.ts';
import type { Direction } from './locale.ts';

/** What `$name` in a template stands for; filled before MJML runs, so that it reaches inline styles too. */
export type Look = Record<string, string>;

/** A newsletter's own colours and letters, for a language of this direction. */
export function lookOf({ accent, accent_dark, headlines }: NewsletterSettings['look'], dir: Direction): Look {
  return {
    ...colours,
    accent,
    'dark-accent': accent_dark,
    sans: SANS,
    headlines: headlines === 'serif' ? SERIF : SANS,
    ...(dir === 'rtl' ? rightToLeft : leftToRight),
  };
}

const SERIF = "Georgia, 'Times New Roman', serif";
const SANS = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** Each pair of text and ground has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark. */
const colours = {
  page: '#F4F2ED',
  card: '#FFFFFF',
  ink: '#191817',
  text: '#33312E',
  muted: '#625E57',
  strong: '#403D38',
  rule: '#D8D4CA',
  tint: '#E9E6DF',
  'dark-page': '#121213',
  'dark-card': '#1C1C1E',
  'dark-ink': '#F3F1EC',
  'dark-text': '#DCD9D2',
  'dark-muted': '#ABA69C',
  'dark-rule': '#413F3B',
  'dark-tint': '#2A2A2C',
};

const leftToRight = {
  dir: 'ltr',
  against: 'rtl',
  start: 'left',
  end: 'right',
  'thumb-left': '8px',
  'thumb-right': '40px',
  'beside-left': '40px',
  'beside-right': '20px',
  'spacing-large': '-0.3px',
  'spacing-small': '-0.1px',
  'spacing-label': '1.1px',
};

/** A true mirror; letters of Arabic are joined, so no space may be put between them. */
const rightToLeft = {
  dir: 'rtl',
  against: 'ltr',
  start: 'right',
  end: 'left',
  'thumb-left': '40px',
  'thumb-right': '8px',
  'beside-left': '20px',
  'beside-right': '40px',
  'spacing-large': 'normal',
  'spacing-small': 'normal',
  'spacing-label': 'normal',
};
