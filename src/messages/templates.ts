import { readFile } from 'node:fs/promises';
import Handlebars from 'handlebars';
import type { Look } from './look.ts';
import { COLUMNS, wrap } from './wrap.ts';

/** A compiled pair of templates: a model in, the two parts of a message out. */
export interface Template {
  html: (model: object) => string;
  text: (model: object) => string;
}

const folder = new URL('../../templates/', import.meta.url);

/** A template is what its files and its look say, nothing else: compiled once for each look. */
const compiled = new Map<string, Promise<Template>>();

/**
 * The template `name` (`digest`, `notice`) in a look, compiled once: MJML to HTML with Handlebars in it (4 ms and
 * more), then Handlebars to a function.
 * @throws when MJML refuses the template: that is ours to mend, not a reader's or an editor's.
 */
export function loadTemplate(name: 'digest' | 'notice', look: Look): Promise<Template> {
  const key = JSON.stringify([name, look]);
  let template = compiled.get(key);
  if (template === undefined) {
    template = compile(name, look);
    if (compiled.size > 100) compiled.clear();
    compiled.set(key, template);
    template.catch(() => compiled.delete(key));
  }
  return template;
}

async function compile(name: string, look: Look): Promise<Template> {
  const [mjml, text] = await Promise.all([readTemplate(`${name}.mjml`), readTemplate(`${name}.txt.hbs`)]);
  // Loaded when it is needed: it takes longer than all the rest of the program together.
  const { default: mjml2html } = await import('mjml');
  const { html } = await mjml2html(fillLook(mjml, look), {
    validationLevel: 'strict',
    // The default would fetch fonts of a third party at every open.
    fonts: {},
    keepComments: false,
    minify: true,
    minifyOptions: { minifyCss: false },
  });
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    wrap: (value: string, bullet: unknown) => wrap(value, typeof bullet === 'string' ? bullet : ''),
    upper: (value: string, { data }: Handlebars.HelperOptions) => value.toLocaleUpperCase(data.root.language),
    rule: () => '='.repeat(COLUMNS),
    // Readers' programs fold what stands below it (RFC 3676 section 4.3); editors would cut the space at its end.
    signature: () => '-- ',
  });
  const plain = handlebars.compile(text, { strict: true, noEscape: true });
  return {
    html: handlebars.compile(tight(html), { strict: true }),
    text: (model) =>
      `${plain(model)
        .trim()
        .replace(/\n{4,}/g, '\n\n\n')}\n`,
  };
}

/** The file with its `{{> partial}}`s in place, before MJML runs, so that their styles are inlined like all others. */
async function readTemplate(file: string): Promise<string> {
  const source = await readFile(new URL(file, folder), 'utf8');
  const names = new Set(Array.from(source.matchAll(PARTIAL), ([, name]) => name as string));
  const partials = new Map<string, string>();
  for (const name of names) partials.set(name, await readTemplate(`partials/${name}`));
  return source.replace(PARTIAL, (_, name: string) => partials.get(name)?.trimEnd() ?? '');
}

const PARTIAL = /\{\{> ([a-z.-]+)\}\}/g;

function fillLook(source: string, look: Look): string {
  return source.replace(/^\s+/gm, '').replace(/\$([a-z-]+)/g, (_, name: string) => {
    const value = look[name];
    if (value === undefined) throw new Error(`A template names $${name}, which no look has`);
    return value;
  });
}

/** Without the white space that neither a person nor a program needs; every copy of an edition carries it otherwise. */
function tight(html: string): string {
  return html
    .replace(/ style="[^"]*"/g, (style) => style.replace(/([:;,]) +/g, '$1'))
    .replace(
      /\s+(?=<(?:\/?(?:table|tbody|tr|td)\b|!--\[if))|(<\/?(?:table|tbody|tr|td)\b[^>]*>|<!\[endif\]-->)\s+/g,
      '$1',
    );
}
