import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyReply } from 'fastify';
import Handlebars from 'handlebars';
import { footerModel } from '../messages/footer.ts';
import { pageStyle } from '../messages/page-style.ts';
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
  const styleOf = pageStyle(readTemplate('pages.css'));

  return (reply, template, frame, view, { status = 200, common = false } = {}) => {
    const { tongue, newsletter } = frame;
    const css = styleOf(newsletter?.look ?? null);
    const html = compiled[template]({
      language: tongue.locale.language,
      dir: tongue.locale.dir,
      name: newsletter?.name,
      // A page of no newsletter stands under the list of them.
      masthead: newsletter?.name ?? tongue.words.home.title,
      publisher: publisherAbove(newsletter),
      footer: newsletter && footerModel(newsletter, tongue.locale),
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

function readTemplate(name: string): string {
  return readFileSync(new URL(`../../templates/pages/${name}`, import.meta.url), 'utf8');
}
