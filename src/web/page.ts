import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyReply } from 'fastify';
import Handlebars from 'handlebars';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { type Tongue, tongueOf } from './words.ts';

const TEMPLATES = [
  'message',
  'leave',
  'left',
  'choices',
  'confirm',
  'join',
  'home',
  'export',
  'erase',
  'address',
] as const;
const PARTIALS = ['layout', 'your-data'] as const;
type Template = (typeof TEMPLATES)[number];

/** What stands around a page: whose it is, and in which language. */
export interface Frame {
  tongue: Tongue;
  /** null: a page of no newsletter. */
  newsletter: Newsletter | null;
}

/** What a template prints, besides its frame. */
type View = { title: string } & Record<string, unknown>;

interface PageOptions {
  /** Default: 200. */
  status?: number;
  /** A page that is the same for everybody: it may be kept for a minute, and be found by search. */
  common?: boolean;
}

/** Answers with a page. */
export type ShowPage = (
  reply: FastifyReply,
  template: Template,
  frame: Frame,
  view: View,
  options?: PageOptions,
) => FastifyReply;

/** The frame of a newsletter's own pages. */
export function frameOf(newsletter: Newsletter): Frame {
  return { tongue: tongueOf(newsletter.language), newsletter };
}

/** Compiles the templates of `templates/pages/`. */
export function pageRenderer(): ShowPage {
  const handlebars = Handlebars.create();
  for (const name of PARTIALS) handlebars.registerPartial(name, readTemplate(`${name}.hbs`));
  const compiled = Object.fromEntries(
    TEMPLATES.map((name) => [name, handlebars.compile(readTemplate(`${name}.hbs`))]),
  ) as Record<Template, Handlebars.TemplateDelegate>;
  const rules = readTemplate('pages.css').replace(/\s*\n\s*/g, '');

  return (reply, template, frame, view, { status = 200, common = false } = {}) => {
    const { tongue, newsletter } = frame;
    const css = colours(newsletter) + rules;
    const html = compiled[template]({
      language: tongue.locale.language,
      dir: tongue.locale.dir,
      name: newsletter?.name,
      publisher: publisherAbove(newsletter),
      postalAddress: newsletter?.postal_address,
      noindex: !common,
      css,
      ...view,
    });
    return reply
      .code(status)
      .header('content-security-policy', pagePolicy(css))
      .header('cache-control', common ? 'public, max-age=60' : 'no-store')
      .headers(common ? {} : { 'x-robots-tag': 'noindex' })
      .type('text/html; charset=utf-8')
      .send(html);
  };
}

/** Nothing but our own style, by its hash, and forms that come back to us: no script, no stranger's resource. */
function pagePolicy(css: string): string {
  const hash = createHash('sha256').update(css).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The publisher stands above the newsletter's name, unless it says the same. */
function publisherAbove(newsletter: Newsletter | null): string | undefined {
  if (newsletter === null) return undefined;
  const publisher = newsletter.publisher ?? newsletter.from.name;
  return publisher === newsletter.name ? undefined : publisher;
}

const ACCENT = { light: '#8E1B2C', dark: '#FFA79E' };

function colours(newsletter: Newsletter | null): string {
  const light = newsletter?.look.accent ?? ACCENT.light;
  const dark = newsletter?.look.accent_dark ?? ACCENT.dark;
  const headlines = newsletter?.look.headlines === 'sans' ? '--sans' : '--serif';
  return `:root{--accent-light:${light};--on-accent-light:${letteringOn(light)};--accent-dark:${dark};--on-accent-dark:${letteringOn(dark)};--headlines:var(${headlines})}`;
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

function readTemplate(name: string): string {
  return readFileSync(new URL(`../../templates/pages/${name}`, import.meta.url), 'utf8');
}
