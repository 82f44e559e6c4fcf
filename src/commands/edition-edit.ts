import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { FaultyFileError } from '../checked-yaml.ts';
import type { Db } from '../database/connect.ts';
import { type DeliveryReport, deliveryReport } from '../delivery/report.ts';
import { changeEdition, refuseUnchangeable } from '../editions/change-edition.ts';
import { renderEditionFile } from '../editions/edition-file.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { RevisionChange } from '../editions/revisions.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine, plural } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { changeLines } from './edition-changes.ts';
import { jsonOf } from './json.ts';
import { openEdition } from './open-edition.ts';
import { readTextFile } from './read-text-file.ts';
import type { Shell } from './shell.ts';
import { whoHasWhat } from './who-has-what.ts';

/** `broadsheet edition edit`: an edition as a short file, in $EDITOR or from `--file`. */
export function defineEditionEdit(edition: Command, shell: Shell): void {
  withBy(edition.command('edit'))
    .argument('<edition>', 'morning/2026-11-24, or morning for its present one')
    .summary('change subject, texts, stories and their order')
    .option('--file <file>', 'take this file instead of opening an editor')
    .option('--json', 'for scripts: the revision and what changed')
    .addHelpText(
      'after',
      '\nOpens the edition in $EDITOR as a short YAML file. What is saved becomes its next revision; an approval of the older one lapses. While it goes out, everyone who has not had it gets the new one, if you may approve it; else it pauses. A file that is left as it is changes nothing.\n\nExamples:\n  broadsheet edition edit morning\n  broadsheet edition show morning --yaml > today.yaml\n  broadsheet edition edit morning --file today.yaml --by Mai',
    )
    .action(async (name: string, options: { file?: string; by?: string; json?: boolean }, command) => {
      await using context = await shell.open(command);
      const { db, now } = context;
      const found = await openEdition(context, name, ['draft', 'approved', 'held', 'paused']);
      const by = byWhom(options, shell);
      const store = (file: { text: string; name: string }) => changeEdition(db, found.id, file, by, now());
      const result =
        options.file === undefined
          ? await editInEditor(db, found, shell, store)
          : await store({
              text: await readTextFile(resolve(shell.folder, options.file)),
              name: options.file,
            });
      if (options.json) {
        const { state, fullName: name } = await findEdition(db, found.fullName);
        shell.terminal.out(jsonOf({ name, state, ...result }));
      } else await printResult(db, shell, found, result);
    });
}

type Stored = { revision: number; changes: RevisionChange[] };

async function editInEditor(
  db: Db,
  found: EditionRow,
  shell: Shell,
  store: (file: { text: string; name: string }) => Promise<Stored>,
): Promise<Stored> {
  const { terminal, env } = shell;
  if (!terminal.interactive) {
    throw new RefusedError(
      `There is nobody here to edit. In a script: broadsheet edition edit ${found.fullName} --file FILE.yaml`,
    );
  }
  const revision = await readRevision(db, found.id);
  refuseUnchangeable(revision.edition);
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-'));
  const name = `${found.fullName.replace('/', '-')}.yaml`;
  const path = join(folder, name);
  await writeFile(path, renderEditionFile(revision), { mode: 0o600 });
  for (;;) {
    await runEditor(env.VISUAL || env.EDITOR || 'vi', path);
    try {
      const stored = await store({ text: await readTextFile(path), name });
      await rm(folder, { recursive: true });
      return stored;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const kept = `Your text is kept in ${path}`;
      if (!(error instanceof FaultyFileError))
        throw new RefusedError(`${error.message} ${kept}`, { cause: error });
      terminal.err(error.message);
      const { confirm } = await import('@inquirer/prompts');
      if (!(await confirm({ message: 'Edit it again?', default: true }))) {
        throw new RefusedError(`Nothing was stored. ${kept}`, { cause: error });
      }
    }
  }
}

/** $EDITOR may hold arguments (`code --wait`): a shell splits them, and is given the path apart. */
function runEditor(editor: string, path: string): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'editor', path], { stdio: 'inherit' });
    child.once('error', fail);
    child.once('exit', (code) => {
      if (code === 0) done();
      else fail(new RefusedError(`The editor (${editor}) ended with ${code}. Your text is kept in ${path}`));
    });
  });
}

async function printResult(
  db: Db,
  { terminal }: Shell,
  before: EditionRow,
  { revision, changes }: Stored,
): Promise<void> {
  if (changes.length === 0) {
    terminal.out(markLine(terminal, 'done', 'edition', `${before.fullName} is so already: nothing changed`));
    return;
  }
  const said = `${before.fullName}: revision ${revision}, ${plural(changes.length, 'change')}`;
  const lapsed =
    before.state === 'approved'
      ? [`the approval by ${before.approved_by} was of revision ${before.revision}: approve it again`]
      : [];
  const { state, id } = await findEdition(db, before.fullName);
  const report = state === 'sending' || state === 'paused' ? await deliveryReport(db, id) : null;
  const onTheWay = report === null ? [] : onTheWayLines(state, revision, report);
  terminal.out(markLine(terminal, 'done', 'edition', [said, ...lapsed, ...onTheWay]));
  for (const line of changeLines(terminal, changes)) terminal.out(line);
  if (state === 'draft') terminal.out(`\n To let it go: broadsheet edition approve ${before.fullName}`);
  if (state === 'paused') terminal.out(`\n To go on with it: broadsheet edition resume ${before.fullName}`);
}

/** Who gets the new revision, and who has an older one. */
function onTheWayLines(state: EditionRow['state'], revision: number, report: DeliveryReport): string[] {
  const { sent, onTheWire, open } = whoHasWhat(report);
  const older = sent.filter((each) => each.revision !== revision).reduce((sum, { count }) => sum + count, 0);
  const have = plural(older + onTheWire, 'person has', 'people have');
  return [
    `${plural(open, 'person', 'people')} ${state === 'sending' ? 'will get it from now on' : 'would get it, when it goes on'}; ${have} an older one`,
  ];
}
