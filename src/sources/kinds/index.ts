import { RefusedError } from '../../refused-error.ts';
import type { SourceKind } from '../kind.ts';
import { feed } from './feed.ts';
import { folder } from './folder.ts';
import { page } from './page.ts';

/** Every kind of source that is polled. Imported files have the kind `file`, which nobody polls. */
export const kinds: readonly SourceKind[] = [feed, page, folder];

/** The kind of this name. @throws RefusedError when there is none, as in a database of a later version. */
export function kindOf(name: string): SourceKind {
  const kind = kinds.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  const names = kinds.map((each) => each.name).join(', ');
  throw new RefusedError(`There is no kind of source called “${name}”; expected one of ${names}.`);
}
