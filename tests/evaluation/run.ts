import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate } from './evaluate.ts';
import { TASKS } from './tasks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, misses: { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1 || !existsSync(folder)) {
  process.stderr.write(
    `Expected a folder of material: npm run evaluate -- DIR [--json] [--misses]\nMeasures what it holds of: ${TASKS.map(({ file }) => file).join(', ')}\n`,
  );
  process.exit(2);
}
if (!TASKS.some(({ file }) => existsSync(join(folder, file)))) {
  process.stderr.write(`${folder} holds none of ${TASKS.map(({ file }) => file).join(', ')}.\n`);
  process.exit(2);
}
const { text, json, met } = await evaluate(folder, TASKS, { misses: values.misses });
process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : text);
process.exitCode = met ? 0 : 1;
