import Handlebars from 'handlebars';
import { wrap } from './wrap.ts';

/** What differs per recipient in the text and the HTML of an edition; headers are made per recipient anyway. */
export type MergeField = 'reason' | 'leave' | 'choices';

/** The values of one recipient: a sentence and two links, not yet encoded. */
export type MergeValues = Record<MergeField, string>;

/** What rendered text falls into: words that all readers share, and fields between them. */
export type Piece = string | { field: MergeField };

/** Which part of the message a field stands in. */
export type Part = 'html' | 'text';

/** What stands for a field while a template is rendered: noncharacters, which `cleanText` takes from all else. */
export function markOf(field: MergeField): string {
  return `\uFDD0${field}\uFDD1`;
}

/** Rendered text as pieces, in order. */
export function piecesOf(rendered: string): Piece[] {
  return rendered
    .split(/\uFDD0(\w+)\uFDD1/)
    .map((piece, index) => (index % 2 === 0 ? piece : { field: piece as MergeField }))
    .filter((piece) => piece !== '');
}

/** A field's value as the part it stands in needs it. */
export function fieldText(field: MergeField, values: MergeValues, part: Part): string {
  if (part === 'html') return Handlebars.escapeExpression(values[field]);
  return field === 'reason' ? wrap(values.reason) : values[field];
}

/** Rendered text with the fields of one recipient in it. */
export function fill(rendered: string, values: MergeValues, part: Part): string {
  return piecesOf(rendered)
    .map((piece) => (typeof piece === 'string' ? piece : fieldText(piece.field, values, part)))
    .join('');
}
