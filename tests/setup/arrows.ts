import { readFileSync } from 'node:fs';

/**
 * The arrows that a page draws in its Mermaid diagram below the heading of `life`: `draft → approved`. What begins or
 * ends nowhere (`[*]`) is none.
 */
export function arrowsOf(page: string, life: string): Set<string> {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const diagram = new RegExp(`^## [^\n]*\\b${life}\\b[^]*?\`\`\`mermaid\n([^]*?)\`\`\``, 'm').exec(text)?.[1];
  if (diagram === undefined) throw new Error(`${page} draws no life of ${life}.`);
  const arrows = [...diagram.matchAll(/^\s*(\w+) --> (\w+)/gm)];
  return new Set(arrows.map(([, from, to]) => `${from} → ${to}`));
}
