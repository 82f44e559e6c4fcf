import { bounces } from './bounces.ts';
import type { Task } from './task.ts';

/** Everything that can be measured; a new file is named here. */
export const TASKS: readonly Task[] = [bounces];
