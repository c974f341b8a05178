import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../../support/servers/run-command.ts';
import type { Buildah } from './buildah.ts';

/** Where Debian keeps the authorities that it trusts. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes an image with the name of the Dockerfile's base, where no registry of images can be reached: a minimal Debian, the Node that the
 * services run on, npm, and the authorities that this machine trusts.
 */
export async function makeNodeImage(buildah: Buildah, name: string, release: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-image-'));
  try {
    await runCommand('debootstrap', ['--variant=minbase', '--include=ca-certificates', release, folder]);
    await putNode(folder);
    await putAuthorities(folder);
    await runCommand('chroot', [folder, 'useradd', '--uid', '1000', '--create-home', 'node']);
    const container = (await buildah.run(['from', 'scratch'])).trim();
    await buildah.run(['add', '--quiet', container, folder, '/']);
    await buildah.run(['commit', '--quiet', '--rm', container, name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function putNode(folder: string): Promise<void> {
  const bin = join(folder, 'usr/local/bin');
  const npm = dirname(dirname(await realpath((await runCommand('sh', ['-c', 'command -v npm'])).trim())));
  await cp('node_modules/.bin/node', join(bin, 'node'), { dereference: true });
  await cp(npm, join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true });
  for (const command of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${command}-cli.js`, join(bin, command));
}

async function putAuthorities(folder: string): Promise<void> {
  await cp(AUTHORITIES, join(folder, AUTHORITIES));
  await mkdir(join(folder, 'usr/local/etc'), { recursive: true });
  await writeFile(join(folder, 'usr/local/etc/npmrc'), `cafile=${AUTHORITIES}\n`);
}
