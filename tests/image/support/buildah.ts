import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, runCommand } from '../../support/servers/run-command.ts';

/** Buildah with a store of images of its own. */
export interface Buildah {
  run(args: readonly string[]): Promise<string>;
  /** Removes every container and image. */
  dispose(): Promise<void>;
}

/** @NOTE Containers that are no more than a changed root: these need no rights that a container of CI does not have. */
const ISOLATION = 'chroot';

export async function openBuildah(): Promise<Buildah> {
  await needBuildah();
  const folder = await mkdtemp(join(tmpdir(), 'plexus-buildah-'));
  const store = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
  const run = (args: readonly string[]): Promise<string> =>
    runCommand('env', [`BUILDAH_ISOLATION=${ISOLATION}`, 'buildah', ...store, ...args]);
  return {
    run,
    async dispose() {
      await run(['rm', '--all']);
      await run(['rmi', '--all', '--force']);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function needBuildah(): Promise<void> {
  const wanted = ['buildah', 'debootstrap'];
  const found = await Promise.all(wanted.map((command) => canRun(command, ['--version'])));
  if (found.every(Boolean)) return;
  if (process.getuid?.() !== 0 || !(await canRun('apt-get', ['--version'])))
    throw new Error('The test of the image needs buildah and debootstrap, as root on Debian.');
  await runCommand('apt-get', ['update', '-q']);
  await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...wanted]);
}
