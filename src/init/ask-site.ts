import { RefusedError } from '../refused-error.ts';
import type { SiteFindings } from '../sources/discover-site.ts';
import { markLine, type Terminal } from '../terminal/terminal.ts';
import { read } from './answers.ts';
import { findSite } from './find-site.ts';
import type { Asking } from './question.ts';

/**
 * The first question, for the site, and a look at it: one that cannot be read is asked for again.
 * @returns null: there is none yet.
 * @throws RefusedError when the one given on the command line cannot be read.
 */
export async function askSite(given: string | undefined, asking: Asking): Promise<SiteFindings | null> {
  const site =
    given !== undefined ? await givenSite(given, asking) : asking.silent ? null : await typedSite(asking);
  if (site !== null) asking.terminal.out(siteLine(asking.terminal, site));
  return site;
}

async function givenSite(given: string, asking: Asking): Promise<SiteFindings | null> {
  try {
    return await lookAt(given, asking);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new RefusedError(
      `--site: ${error.message} To go on without one, give --from in its place; broadsheet source add URL adds a feed later.`,
    );
  }
}

async function typedSite(asking: Asking): Promise<SiteFindings | null> {
  let site: SiteFindings | null = null;
  const over = new AbortController();
  const check = async (text: string): Promise<true | string> => {
    try {
      site = await lookAt(text, asking, over.signal);
      return true;
    } catch (error) {
      // Ctrl-C meanwhile: nobody waits for an answer any more.
      if (over.signal.aborted) return new Promise(() => {});
      if (!(error instanceof RefusedError)) throw error;
      return `${error.message} Try again; Enter alone goes on without a site.`;
    }
  };
  try {
    await asking.put({
      message: 'Address of your site (Enter alone: none yet)',
      preset: asking.earlier.site,
      check,
      retype: true,
    });
    return site;
  } finally {
    over.abort();
  }
}

async function lookAt(
  text: string,
  { config, now }: Asking,
  signal?: AbortSignal,
): Promise<SiteFindings | null> {
  const address = read.site(text);
  return address === '' ? null : findSite(address, { config, now, signal });
}

function siteLine(terminal: Terminal, { name, language, feeds }: SiteFindings): string {
  const facts = [name, language, feeds[0]].filter((fact) => fact !== null && fact !== undefined);
  if (feeds.length > 0) return markLine(terminal, 'done', 'site', facts.join(', '));
  return markLine(terminal, 'look', 'site', [
    [...facts, 'it names no feed'].join(', '),
    '→ add one later:  broadsheet source add URL',
  ]);
}
