import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { RefusedError } from './refused-error.ts';

/** One thing that is wrong in a file, where a person finds it. */
export interface Fault {
  /** From 1. */
  line: number;
  column: number;
  message: string;
}

/** A file that people write is not as it should be: all its faults at once, in the order of the file. */
export class FaultyFileError extends RefusedError {
  override name = 'FaultyFileError';
  readonly faults: Fault[];

  constructor(fileName: string, faults: Fault[]) {
    const ordered = faults.toSorted((one, other) => one.line - other.line || one.column - other.column);
    super(ordered.map((fault) => `${fileName}:${fault.line}:${fault.column}  ${fault.message}`).join('\n  '));
    this.faults = ordered;
  }
}

/** A checked file and where its parts stand, for the rules that a schema cannot say. */
export interface CheckedYaml<Value> {
  value: Value;
  /** A fault at the node that `path` leads to, or at the nearest one above it. */
  faultAt: (path: PropertyKey[], message: string) => Fault;
}

/**
 * Reads YAML 1.2 against a schema.
 * @param fileName what the faults are prefixed with.
 * @throws FaultyFileError with line, column, what was expected and found, and the nearest known key.
 */
export function readCheckedYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  fileName: string,
): CheckedYaml<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): Fault => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, message };
  };
  const [...broken] = document.errors;
  if (broken.length > 0) {
    throw new FaultyFileError(
      fileName,
      broken.map((error) =>
        at(
          error.pos[0],
          error.code === 'DUPLICATE_KEY' ? 'this key is there twice' : sentence(error.message),
        ),
      ),
    );
  }
  const faultAt = (path: PropertyKey[], message: string) => at(offsetOf(document, path), message);
  const given = plainValue(document, fileName);
  const checked = schema.safeParse(given);
  if (checked.success) return { value: checked.data, faultAt };
  const explained = checked.error.issues.flatMap((issue) => explain(issue, schema, given));
  // A slip in a required key is one fault, not two.
  const faults = explained.filter(
    ({ path, missing }) => !missing || !explained.some(({ meant }) => meant === path.join('.')),
  );
  throw new FaultyFileError(
    fileName,
    faults.map(({ path, message, key }) =>
      key ? at(keyOffsetOf(document, path), message) : faultAt(path, message),
    ),
  );
}

interface Explained {
  path: PropertyKey[];
  message: string;
  /** Whether it is about the key and not its value. */
  key?: boolean;
  missing?: boolean;
  /** The full path of the known key that an unknown one is taken for. */
  meant?: string | undefined;
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, schema: z.ZodType, given: unknown, above: PropertyKey[] = []): Explained[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => unknownKey(path, name, knownKeys(schema, path)));
  }
  if (issue.code === 'invalid_key') {
    const map = path.slice(0, -1);
    return [unknownKey(map, String(path.at(-1)), knownKeys(schema, map))];
  }
  if (issue.code === 'invalid_union') {
    // The alternative that got furthest is the one that was meant.
    const furthest = [...issue.errors].sort((one, other) => depth(other) - depth(one))[0] ?? [];
    if (depth(furthest) > 0) return furthest.flatMap((inner) => explain(inner, schema, given, path));
  }
  const found = valueAt(given, path);
  // The place of an item in its list is told by the line.
  const name = path.filter((key) => typeof key !== 'number').join('.') || 'the file';
  const told = sentence(issue.message);
  // Such a rule is about several keys, defaults among them, and says by itself what it found.
  if (issue.code === 'custom' && issue.params?.whole === true) return [{ path, message: `${name}: ${told}` }];
  if (found === undefined) return [{ path, missing: true, message: `${name} is missing: ${told}` }];
  return [{ path, message: `${name}: ${told}, found ${show(found)}` }];
}

function unknownKey(map: PropertyKey[], name: string, known: string[]): Explained {
  const meant = nearest(name, known);
  const hint = meant === undefined ? `; known are ${known.join(', ')}` : `: did you mean ${meant}?`;
  return {
    path: [...map, name],
    message: `unknown key ${name}${hint}`,
    key: true,
    meant: meant === undefined ? undefined : [...map, meant].join('.'),
  };
}

function depth(issues: Issue[]): number {
  return Math.max(
    0,
    ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)),
  );
}

/** Library messages as ours read: "Invalid input: expected string, received number" → "expected string". */
function sentence(message: string): string {
  const text = message.replace(/^Invalid (input|option): /, '').replace(/, received .*$/, '');
  const told = /^Too (?:big|small): expected \S+ to (?:be|have) (.+)$/.exec(text)?.[1];
  const plain =
    told === undefined ? text : `expected ${told.replace('>=', 'at least ').replace('<=', 'at most ')}`;
  return plain
    .replace(
      /^expected (string|number|int|boolean)$/,
      (_, kind: keyof typeof kinds) => `expected ${kinds[kind]}`,
    )
    .replace(/^expected (object|record)$/, 'expected keys with values')
    .replace(/^expected array$/, 'expected a list')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

const kinds = { string: 'some words', number: 'a number', int: 'a whole number', boolean: 'true or false' };

function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

function plainValue(document: Document, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or more of them than a file written by hand has.
    throw new FaultyFileError(fileName, [
      { line: 1, column: 1, message: sentence((error as Error).message) },
    ]);
  }
}

function valueAt(given: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], given);
}

/** Where the value at `path` begins; of a missing one, where the map that should hold it begins. */
function offsetOf(document: Document, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffsetOf(document: Document, path: PropertyKey[]): number {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(map)
    ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1))
    : undefined;
  const key = pair?.key;
  return (isScalar(key) ? key.range?.[0] : undefined) ?? offsetOf(document, path);
}

/** The keys that a schema knows at `path`, through defaults, unions and transforms. */
function knownKeys(schema: z.core.$ZodType, path: PropertyKey[]): string[] {
  const { def } = schema._zod as unknown as { def: SchemaParts };
  if (def.innerType) return knownKeys(def.innerType, path);
  if (def.in) return knownKeys(def.in, path);
  if (def.options) return def.options.flatMap((option) => knownKeys(option, path));
  const [key, ...rest] = path;
  if (key === undefined) {
    return def.shape
      ? Object.keys(def.shape)
      : [...((def.keyType?._zod.values ?? []) as Iterable<unknown>)].map(String);
  }
  const next = def.shape?.[String(key)] ?? def.element ?? def.valueType;
  return next ? knownKeys(next, rest) : [];
}

interface SchemaParts {
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
  options?: z.core.$ZodType[];
  shape?: Record<string, z.core.$ZodType>;
  element?: z.core.$ZodType;
  keyType?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
}
