import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Report, readReport } from '../../src/feedback/read-report.ts';
import type { Task } from './task.ts';

const lineShape = z.object({
  file: z.string(),
  kind: z.enum(['hard', 'soft', 'complaint', 'vacation', 'delivered', 'none']),
  status: z.string().nullish(),
  reason: z.string().nullish(),
});
type Kind = z.output<typeof lineShape>['kind'];

interface Scored {
  file: string;
  kind: Kind;
  found: Kind;
  said: string;
  report: Report;
}

/** Mails that came back, `bounces/FILE`, each with the kind that it is: are they told apart, and is `hard` never said in vain? */
export const bounces: Task = {
  name: 'bounces',
  file: 'bounces.jsonl',
  score: async (folder) => {
    const lines = (await readFile(join(folder, 'bounces.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line.trim() !== '');
    const read: Scored[] = [];
    for (const line of lines) {
      const { file, kind, status, reason } = lineShape.parse(JSON.parse(line));
      const { report } = await readReport(await readFile(join(folder, 'bounces', file)));
      read.push({
        file,
        kind,
        found: kindOf(report),
        said: `${status ?? ''} ${reason ?? ''}`.trim(),
        report,
      });
    }
    const share = (those: Scored[], right: (one: Scored) => boolean) =>
      those.length === 0 ? 1 : those.filter(right).length / those.length;
    const hard = (kind: Kind) => kind === 'hard';
    const bounced = (kind: Kind) => kind === 'hard' || kind === 'soft';
    return {
      items: read.length,
      figures: [
        { name: 'right kind', value: share(read, ({ kind, found }) => kind === found), least: 0.88 },
        {
          name: 'precision of hard',
          value: share(
            read.filter(({ found }) => hard(found)),
            ({ kind }) => hard(kind),
          ),
          least: 0.95,
        },
        {
          name: 'recall of hard',
          value: share(
            read.filter(({ kind }) => hard(kind)),
            ({ found }) => hard(found),
          ),
          least: null,
        },
        {
          name: 'not a bounce, and not taken for one',
          value: share(
            read.filter(({ kind }) => !bounced(kind)),
            ({ found }) => !bounced(found),
          ),
          least: 1,
        },
      ],
      misses: read
        .filter(({ kind, found }) => kind !== found)
        .map(
          ({ file, kind, found, said, report }) =>
            `${file}: ${kind} (${said}), found ${found}${'reason' in report ? ` (${report.reason})` : ''}`,
        ),
    };
  },
};

/** What we call a policy refusal, or still being tried, counts as soft there. */
function kindOf(report: Report): Kind {
  switch (report.kind) {
    case 'bounce':
      return report.severity === 'hard' ? 'hard' : 'soft';
    case 'complaint':
      return 'complaint';
    case 'auto-reply':
      return 'vacation';
    case 'arrived':
      return 'delivered';
    case 'leave':
    case 'other':
      return 'none';
  }
}
