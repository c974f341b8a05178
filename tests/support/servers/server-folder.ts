import { constants } from 'node:fs';
import { access, mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Memory {
  /** A file system in memory. */
  readonly folder: string;
  /** How much memory there is for who needs more. */
  readonly availableBytes: number;
}

/** What the servers of a whole run need at once, several times over. */
const NEEDED_BYTES = 4 * 2 ** 30;

/**
 * A new folder for the files of a server that a test makes and removes: in memory where there is plenty of it, else among temporary files.
 *
 * @NOTE An ext4 without a journal gives no inode away again for minutes: whoever makes a file there passes by all that were removed before. To copy
 * a database, of 900 files, after some were dropped took 0.35 to 1.1 CPU-s, and in memory takes 0.05.
 */
export async function makeServerFolder(
  name: string,
  memory: Memory = { folder: '/dev/shm', availableBytes: process.availableMemory() },
): Promise<string> {
  return mkdtemp(join((await isRoomy(memory)) ? memory.folder : tmpdir(), `plexus-${name}-`));
}

async function isRoomy({ folder, availableBytes }: Memory): Promise<boolean> {
  if (availableBytes < NEEDED_BYTES || !(await isWritable(folder))) return false;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= NEEDED_BYTES;
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
