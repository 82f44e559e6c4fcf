import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type CsvRow, openCsv, readCsv } from '../../src/subscribers/csv-file.ts';

function fileOf(content: string | Buffer, name = 'people.csv'): string {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-csv-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(
  content: string | Buffer,
): Promise<{ rows: CsvRow[]; encoding: string; delimiter: string }> {
  const file = await openCsv(fileOf(content));
  const rows: CsvRow[] = [];
  for await (const some of readCsv(file)) rows.push(...some);
  return { rows, encoding: file.encoding, delimiter: file.delimiter };
}

const cells = (rows: CsvRow[]) => rows.map((row) => ('cells' in row ? row.cells : row.fault));

test.each([
  ['commas', 'email,name\na@example.org,"Doe, Jane"\n', ','],
  ['semicolons, as European spreadsheets write', 'email;name\na@example.org;"Doe, Jane"\n', ';'],
  ['tabs', 'email\tname\na@example.org\tDoe, Jane\n', '\t'],
  ["Excel's own hint", 'sep=;\nemail;name\na@example.org;Doe, Jane\n', ';'],
  ['a comma inside a quoted header', '"email";"name, full"\na@example.org;Doe, Jane\n', ';'],
])('a file separated by %s is read', async (_, text, delimiter) => {
  const { rows, ...file } = await read(text);
  expect(file.delimiter).toBe(delimiter);
  expect(cells(rows)[1]).toEqual(['a@example.org', 'Doe, Jane']);
});

test.each([
  ['UTF-8', Buffer.from('email,name\na@example.org,Trần Thị Ánh\n'), 'utf-8', 'Trần Thị Ánh'],
  ['UTF-8 with a mark', Buffer.from('\uFEFFemail,name\na@example.org,Ánh\n'), 'utf-8', 'Ánh'],
  ['UTF-16 with a mark', Buffer.from('\uFEFFemail,name\na@example.org,Ánh\n', 'utf16le'), 'utf-16le', 'Ánh'],
  ['UTF-16 without one', Buffer.from('email,name\na@example.org,Ánh\n', 'utf16le'), 'utf-16le', 'Ánh'],
  [
    'big-endian UTF-16',
    Buffer.from('\uFEFFemail,name\na@example.org,Ánh\n', 'utf16le').swap16(),
    'utf-16be',
    'Ánh',
  ],
  ['Latin-1', Buffer.from('email,name\na@example.org,José Núñez\n', 'latin1'), 'windows-1252', 'José Núñez'],
])('%s is decoded', async (_, bytes, encoding, name) => {
  const { rows, ...file } = await read(bytes);
  expect(file.encoding).toBe(encoding);
  expect(cells(rows)).toEqual([
    ['email', 'name'],
    ['a@example.org', name],
  ]);
});

test('lines may end in any way, cells may span lines, empty lines do not count', async () => {
  const { rows } = await read(
    'email,note\r\n\r\na@example.org,"one\r\ntwo"\nb@example.org,x\rc@example.org,y',
  );
  expect(rows).toEqual([
    { line: 1, cells: ['email', 'note'] },
    { line: 3, cells: ['a@example.org', 'one\ntwo'] },
    { line: 5, cells: ['b@example.org', 'x'] },
    { line: 6, cells: ['c@example.org', 'y'] },
  ]);
});

test('a quotation mark that is never closed costs its own row and no other', async () => {
  const people = Array.from({ length: 300 }, (_, index) => `p${index}@example.org,x`);
  const { rows } = await read(['email,name', 'a@example.org,"Jo', ...people].join('\n'));
  expect(rows).toHaveLength(302);
  expect(rows[1]).toEqual({
    line: 2,
    fault: 'its quotation mark is never closed',
    text: 'a@example.org,"Jo',
  });
  expect(rows[301]).toEqual({ line: 302, cells: ['p299@example.org', 'x'] });
});

test('quotation marks inside a cell are part of it', async () => {
  const { rows } = await read(
    'email,name\na@example.org,Jo "The Pen" Doe\nb@example.org,5" pipe\nc@example.org,z\n',
  );
  expect(cells(rows).slice(1)).toEqual([
    ['a@example.org', 'Jo "The Pen" Doe'],
    ['b@example.org', '5" pipe'],
    ['c@example.org', 'z'],
  ]);
});

test('a line of 50 MB is refused, and the rest is read', async () => {
  const before = process.memoryUsage().rss;
  const long = Buffer.alloc(50_000_000, 'x');
  const { rows } = await read(
    Buffer.concat([Buffer.from('email\na@example.org\n'), long, Buffer.from('\nb@example.org\n')]),
  );
  expect(rows).toEqual([
    { line: 1, cells: ['email'] },
    { line: 2, cells: ['a@example.org'] },
    { line: 3, fault: 'it has more than 65536 characters' },
    { line: 4, cells: ['b@example.org'] },
  ]);
  // The 50 MB that this test made itself are in it, and not much more.
  expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000);
});

test('a NUL byte costs its own row and no other', async () => {
  const { rows, encoding } = await read('email,name\na@example.org,A\0da\nb@example.org,Ben\n');
  expect(encoding).toBe('utf-8');
  expect(rows.slice(1)).toEqual([
    { line: 2, fault: 'it holds a NUL byte, which no text has', text: 'a@example.org,A\0da' },
    { line: 3, cells: ['b@example.org', 'Ben'] },
  ]);
});

test.each([
  ['', 'people.csv is empty'],
  [Buffer.from('PK\x03\x04rest'), 'archive or a workbook'],
  [Buffer.from('email\0\0\0\0name'), 'not a text file'],
])('what is no table is refused with what it is: %j', async (content, why) => {
  await expect(openCsv(fileOf(content))).rejects.toThrow(why);
});

test('a file that is not there is said so', async () => {
  await expect(openCsv('/nowhere/people.csv')).rejects.toThrow('there is no such file');
});
