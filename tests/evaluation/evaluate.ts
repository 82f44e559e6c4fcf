import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Score, Task } from './task.ts';

export interface Evaluation {
  /** One table. */
  text: string;
  json: { task: string; items: number; figures: Figure[]; misses: string[] }[];
  /** Whether every figure reaches what it must. */
  met: boolean;
}

/** Scores every task of which the folder holds the file, through the program's own code. */
export async function evaluate(
  folder: string,
  tasks: readonly Task[],
  { misses = false }: { misses?: boolean } = {},
): Promise<Evaluation> {
  const scores: { task: Task; score: Score }[] = [];
  for (const task of tasks) {
    if (existsSync(join(folder, task.file))) scores.push({ task, score: await task.score(folder) });
  }
  const isMet = ({ value, least }: Figure) => least === null || value >= least;
  return {
    text: [
      ` ${'task'.padEnd(12)}${'items'.padStart(6)}  ${'measured'.padEnd(38)}${'value'.padStart(6)}${'to reach'.padStart(10)}`,
      ...scores.flatMap(({ task, score }) => table(task, score, isMet, misses)),
      '',
    ].join('\n'),
    json: scores.map(({ task, score }) => ({ task: task.name, ...score })),
    met: scores.every(({ score }) => score.figures.every(isMet)),
  };
}

function table(
  task: Task,
  { items, figures, misses }: Score,
  isMet: (figure: Figure) => boolean,
  all: boolean,
): string[] {
  const rows = figures.map((figure, at) => {
    const head = at === 0 ? `${task.name.padEnd(12)}${String(items).padStart(6)}` : ' '.repeat(18);
    const least = figure.least === null ? '' : figure.least.toFixed(2);
    return ` ${head}  ${figure.name.padEnd(38)}${figure.value.toFixed(3).padStart(6)}${least.padStart(10)} ${isMet(figure) ? '✓' : '✗'}`;
  });
  if (all) return [...rows, ...misses.map((miss) => `   ${miss}`)];
  return misses.length === 0 ? rows : [...rows, `   ${misses.length} missed: --misses names them`];
}
