import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { median } from './median.ts';

/** What figures depend on. */
export interface Machine {
  cores: number;
  processor: string;
  gibibytes: number;
  system: string;
  node: string;
  sqlite: string;
  nodemailer: string;
  /** ms: median of 200 writes of 4 KiB into the temporary folder, each made sure of. */
  fsync: number;
  /** Processes that wanted a core before the first figure was taken, on average over a minute. */
  load: number;
}

/** Describes this machine; takes a second. */
export function describeMachine(): Machine {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  return {
    cores: availableParallelism(),
    processor: cpu?.model.trim() ?? 'unknown',
    gibibytes: Math.round(totalmem() / 2 ** 30),
    system: process.platform,
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? '',
    nodemailer: packageFile.dependencies.nodemailer,
    fsync: fsyncTime(),
    load,
  };
}

function fsyncTime(): number {
  const path = join(tmpdir(), `broadsheet-fsync-${process.pid}`);
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  try {
    const times = Array.from({ length: 200 }, () => {
      const began = performance.now();
      writeSync(file, page);
      fsyncSync(file);
      return performance.now() - began;
    });
    return median(times);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
