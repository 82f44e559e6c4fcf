import type { Frame } from './page.ts';
import type { PageWords } from './words.ts';

/** What a reader is told instead of the page they asked for; `errors.ts` shows it. */
export class PageError extends Error {
  override name = 'PageError';
  readonly kind: keyof PageWords['errors'];
  readonly status: number;
  /** null: in the language of the browser. */
  readonly frame: Frame | null;
  /** Path of the page on which this reader can ask for a new link; null: there is none to be shown. */
  readonly askAgain: string | null;

  constructor(
    kind: keyof PageWords['errors'],
    status: number,
    frame: Frame | null = null,
    askAgain: string | null = null,
  ) {
    super(kind);
    this.kind = kind;
    this.status = status;
    this.frame = frame;
    this.askAgain = askAgain;
  }
}
