import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@plexus/service-shell';
import type { Logger } from '@plexus/service-shell';
import { ControlConnection } from './control-connection.ts';
import { socketPort } from './postgres-settings.ts';
import { occupantOf, readPostmasterFile } from './postmaster-file.ts';
import { waitUntil } from './wait-until.ts';

interface OrphanOptions {
  readonly dataFolder: string;
  readonly databaseFolder: string;
  readonly socketFolder: string;
  readonly logger: Logger;
}

const answerMs = 20_000;
const fastStopMs = 15_000;

/**
 * Stops a Postgres that outlived its Plexus (`kill -9`). It is stopped and not adopted, so that there is one way of supervising and the
 * settings are always those of this release. One that another instance uses is left alone: that instance holds its lock.
 */
export async function stopOrphan({ dataFolder, databaseFolder, socketFolder, logger }: OrphanOptions): Promise<void> {
  const file = readPostmasterFile(databaseFolder);
  if (file === undefined) return;
  const { pid } = file;
  const occupant = occupantOf(pid);
  // A dead one Postgres replaces by itself, safely against others that start at the same time.
  if (occupant === 'none') return;
  if (occupant === 'other') {
    rmSync(join(databaseFolder, 'postmaster.pid'), { force: true });
    rmSync(join(socketFolder, `.s.PGSQL.${socketPort}.lock`), { force: true });
    return;
  }
  await refuseWhereUsed();
  logger.warn('Stopping a Postgres that outlived its Plexus', { postgres_pid: pid });
  if (await endWith('SIGINT')) return;
  if (await endWith('SIGQUIT')) return;
  throw new StartError(`The Postgres with the process id ${pid} uses ${databaseFolder} and does not stop.`);

  /** Until it answers it may be starting, and another instance may be about to take the lock. */
  async function refuseWhereUsed(): Promise<void> {
    const connection = await waitUntil(connectOrNothing, answerMs);
    await connection?.close();
  }

  async function connectOrNothing(): Promise<ControlConnection | undefined> {
    try {
      return await ControlConnection.open(socketFolder, dataFolder);
    } catch (error) {
      if (error instanceof StartError) throw error;
      return undefined;
    }
  }

  function isGone(): boolean {
    return occupantOf(pid) !== 'postgres';
  }

  async function endWith(signal: NodeJS.Signals): Promise<boolean> {
    if (isGone()) return true;
    process.kill(pid, signal);
    return (await waitUntil(() => isGone() || undefined, fastStopMs)) === true;
  }
}
