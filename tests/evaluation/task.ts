/** One thing that can be measured on a folder of real material. */
export interface Task {
  name: string;
  /** The file of the folder without which there is nothing to measure. */
  file: string;
  score: (folder: string) => Promise<Score>;
}

export interface Score {
  /** How many of them there were. */
  items: number;
  /** In the order in which they are shown. */
  figures: Figure[];
  /** What went wrong, for who tunes it. */
  misses: string[];
}

export interface Figure {
  name: string;
  /** From 0 to 1. */
  value: number;
  /** What it must reach. */
  least: number | null;
}
