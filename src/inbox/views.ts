import { readFile } from 'node:fs/promises';
import Handlebars from 'handlebars';
import type { ReceivedMessage } from './mailbox.ts';
import type { Mail } from './read-mail.ts';

/** How a person wants to look at a message; everything stands in the address, so that it can be passed on. */
export interface Choices {
  view: 'html' | 'text' | 'headers';
  width: 'desktop' | 'phone';
  dark: boolean;
  pictures: boolean;
  query: string;
}

interface Pages {
  page: (data: unknown) => string;
  list: (data: unknown) => string;
  gone: (data: unknown) => string;
}

/** Compiles the templates of `folder`. */
export async function compilePages(folder: URL): Promise<Pages> {
  const [page, list, message, gone] = await Promise.all(
    ['page', 'list', 'message', 'gone'].map((name) => readFile(new URL(`${name}.hbs`, folder), 'utf8')),
  );
  const handlebars = Handlebars.create();
  handlebars.registerPartial({ list: list ?? '', message: message ?? '' });
  const options = { strict: true } as const;
  return {
    page: handlebars.compile(page, options),
    list: handlebars.compile(list, options),
    gone: handlebars.compile(gone, options),
  };
}

/** Reads the query of an address; whatever is missing or strange takes its default. */
export function readChoices(query: unknown): Choices {
  const given = query as Partial<Record<string, unknown>>;
  return {
    view: given.view === 'text' || given.view === 'headers' ? given.view : 'html',
    width: given.width === 'phone' ? 'phone' : 'desktop',
    dark: given.dark === 'on',
    pictures: given.pictures !== 'off',
    query: typeof given.q === 'string' ? given.q.trim() : '',
  };
}

/** Most rows that are shown at once: the page is sent again whenever a message comes. */
const ROWS = 200;

/** @param kept how many messages there are in all, found or not. */
export function listPart(found: ReceivedMessage[], kept: number, choices: Choices, open: number | undefined) {
  return {
    query: choices.query,
    count: found.length.toLocaleString('en'),
    one: found.length === 1,
    empty: kept === 0,
    nothingFound: kept > 0 && found.length === 0,
    more: found.length > ROWS ? (found.length - ROWS).toLocaleString('en') : null,
    rows: found.slice(0, ROWS).map((message) => ({
      href: address(`/m/${message.id}`, choices),
      open: message.id === open,
      to: message.to.join(', ') || '(nobody)',
      subject: message.subject || '(no subject)',
      ...time(message.receivedAt),
    })),
  };
}

/** Everything the message's side of the page shows. */
export function messagePart(
  message: ReceivedMessage,
  mail: Mail,
  { newer, older }: { newer: number | undefined; older: number | undefined },
  choices: Choices,
) {
  const here = `/m/${message.id}`;
  const to = (change: Partial<Choices>) => address(here, { ...choices, ...change });
  const view = choices.view === 'html' && mail.html === null ? 'text' : choices.view;
  return {
    id: message.id,
    subject: message.subject || '(no subject)',
    from: { name: mail.from.name, address: mail.from.address || message.from },
    to: message.to.join(', '),
    size: formatBytes(message.raw.length),
    ...time(message.receivedAt),
    attachments: mail.attachments.map((part) => ({ ...part, size: formatBytes(part.size) })),
    back: address('/', choices),
    newer: newer === undefined ? null : address(`/m/${newer}`, choices),
    older: older === undefined ? null : address(`/m/${older}`, choices),
    raw: `${here}/raw`,
    tabs: [
      ...(mail.html === null ? [] : [{ name: 'Message', href: to({ view: 'html' }), on: view === 'html' }]),
      { name: 'Plain text', href: to({ view: 'text' }), on: view === 'text' },
      { name: 'Headers', href: to({ view: 'headers' }), on: view === 'headers' },
    ],
    html:
      view === 'html'
        ? {
            frame: address(`${here}/frame`, { ...choices, view: 'html', width: 'desktop', query: '' }),
            width: choices.width,
            scheme: choices.dark ? 'dark' : 'light',
            switches: [
              [
                { name: 'Desktop', href: to({ width: 'desktop' }), on: choices.width === 'desktop' },
                { name: 'Phone', href: to({ width: 'phone' }), on: choices.width === 'phone' },
              ],
              [
                { name: 'Light', href: to({ dark: false }), on: !choices.dark },
                { name: 'Dark', href: to({ dark: true }), on: choices.dark },
              ],
              [
                { name: 'Pictures', href: to({ pictures: true }), on: choices.pictures },
                { name: 'No pictures', href: to({ pictures: false }), on: !choices.pictures },
              ],
            ],
          }
        : null,
    text: view === 'text' ? { body: mail.text ?? '', missing: mail.text === null } : null,
    headers: view === 'headers' ? mail.headers : null,
  };
}

/** An address with what differs from the defaults. */
function address(path: string, { view, width, dark, pictures, query }: Choices): string {
  const search = new URLSearchParams({
    ...(view !== 'html' && { view }),
    ...(width !== 'desktop' && { width }),
    ...(dark && { dark: 'on' }),
    ...(!pictures && { pictures: 'off' }),
    ...(query !== '' && { q: query }),
  }).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** In this machine's own zone: who looks at the page sits at it. */
function time(at: Temporal.Instant): { iso: string; clock: string; day: string } {
  const local = at.toZonedDateTimeISO(Temporal.Now.timeZoneId());
  return {
    iso: at.toString(),
    clock: local.toPlainTime().toString({ smallestUnit: 'minute' }),
    day: local.toPlainDate().toLocaleString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' }),
  };
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
