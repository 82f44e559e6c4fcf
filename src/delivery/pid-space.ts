import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process runs, and which one it is, as it wrote down itself. */
export interface ProcessPlace {
  host: string;
  pid: number;
  pid_space: string | null;
}

/** Of this process. */
export function ownPlace(): ProcessPlace {
  return { host: hostname(), pid: process.pid, pid_space: pidSpace() };
}

/**
 * Whether a process is certainly there no more. Only its own machine can tell, and of a pid that has another owner by
 * now nobody can: false says nothing.
 */
export function isGone(place: ProcessPlace): boolean {
  const here = ownPlace();
  if (place.pid_space === null || place.pid_space !== here.pid_space || place.host !== here.host)
    return false;
  try {
    process.kill(place.pid, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Among whose processes a pid counts: this start of this kernel, and on it the container, several of which may share a
 * hostname and know nothing of each other's processes. null where the system does not say (it is not Linux).
 */
function pidSpace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}
