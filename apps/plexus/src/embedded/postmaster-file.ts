import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a postmaster writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly isReady: boolean;
}

export function readPostmasterFile(databaseFolder: string): PostmasterFile | undefined {
  const path = join(databaseFolder, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, isReady: lines[7]?.trim() === 'ready' } : undefined;
}

export type Occupant = 'none' | 'postgres' | 'other';

/**
 * What runs under a process id. Ids are used again, after a restart of a container most of all, and a process that ended but was not
 * collected by its parent is as good as another one.
 */
export function occupantOf(pid: number): Occupant {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'postgres' : 'none';
  }
  if (!existsSync('/proc/self/stat')) return 'postgres';
  return /\(postgres\) [^ZX]/.test(readStat(pid)) ? 'postgres' : 'other';
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
