import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../../support/servers/run-command.ts';
import { findOwnPackages } from './own-packages.ts';
import type { Lock } from './package-lock.ts';
import { holderOf, nameOf, packagesOf, readLock } from './package-lock.ts';

/** With more of them npm installs everything. */
const MOST_OWN = 50;

/**
 * Gives `tree` the packages that it needs: it is led to those that are installed for `root`, and gets its own where these are others. `false`
 * where that does not pay, or cannot be; then nothing was done.
 */
export async function sharePackages(root: string, tree: string): Promise<boolean> {
  const [ours, theirs] = [await readLock(root), await readLock(tree)];
  const patched = await otherwisePatched(root, tree);
  const own = new Set(findOwnPackages(ours, theirs, patched));
  if (own.size > MOST_OWN || [...own].some((path) => theirs.get(path)?.hasInstallScript === true)) return false;
  await linkPackages({ root, tree, theirs, own });
  await unpack(tree, theirs, [...own].toSorted());
  await patch(root, tree, own);
  return true;
}

interface Sharing {
  readonly root: string;
  readonly tree: string;
  readonly theirs: Lock;
  readonly own: ReadonlySet<string>;
}

/** Leads to the packages of `root`, but to the tree's own libraries. */
async function linkPackages({ root, tree, theirs, own }: Sharing): Promise<void> {
  const packages = packagesOf(theirs);
  for (const path of packages.keys()) {
    // What lies within a package comes with it.
    const isWithin = packages.has(holderOf(path));
    if (!isWithin && !own.has(path) && existsSync(join(root, path))) await link(join(root, path), join(tree, path));
  }
  const commands = 'node_modules/.bin';
  const ownCommands = new Map(
    [...own].flatMap((path) =>
      Object.entries(theirs.get(path)?.bin ?? {}).map(([name, file]) => [name, join(tree, path, file)] as const),
    ),
  );
  for (const name of new Set([...(await readdir(join(root, commands))), ...ownCommands.keys()]))
    await link(ownCommands.get(name) ?? join(root, commands, name), join(tree, commands, name));
  for (const [path, { resolved, link: isLink }] of theirs)
    if (isLink === true && resolved !== undefined) await link(join(tree, resolved), join(tree, path));
}

async function unpack(tree: string, theirs: Lock, own: readonly string[]): Promise<void> {
  if (own.length === 0) return;
  const folder = join(tree, '.packed');
  await mkdir(folder);
  for (const path of own) {
    const what = `${nameOf(path)}@${theirs.get(path)?.version ?? ''}`;
    const file = await runCommand('npm', ['pack', '--silent', '--pack-destination', folder, what], { cwd: folder });
    await mkdir(join(tree, path), { recursive: true });
    const archive = join(folder, file.trim());
    await runCommand('tar', ['-xf', archive, '--strip-components=1', '-C', join(tree, path)]);
  }
  await rm(folder, { recursive: true });
}

/** Applies to the tree's own packages what it changes in them; ours have been changed already. */
async function patch(root: string, tree: string, own: ReadonlySet<string>): Promise<void> {
  const names = (await namesOfPatches(tree)).filter((name) => own.has(join('node_modules', patchedBy(name))));
  if (names.length === 0) return;
  const folder = '.patches-of-own';
  await mkdir(join(tree, folder));
  for (const name of names) await copyFile(join(tree, 'patches', name), join(tree, folder, name));
  await runCommand(join(root, 'node_modules/.bin/patch-package'), ['--error-on-fail', '--patch-dir', folder], {
    cwd: tree,
  });
}

/** Names of packages that one of both changes and the other one does not, or in another way. */
async function otherwisePatched(root: string, tree: string): Promise<Set<string>> {
  const [ours, theirs] = [await readPatches(root), await readPatches(tree)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return new Set(names.filter((name) => ours.get(name) !== theirs.get(name)).map(patchedBy));
}

/** `@scope+name+1.0.0.patch` changes `@scope/name`. */
function patchedBy(name: string): string {
  return name.slice(0, name.lastIndexOf('+')).replace('+', '/');
}

async function readPatches(folder: string): Promise<Map<string, string>> {
  const patches = new Map<string, string>();
  for (const name of await namesOfPatches(folder))
    patches.set(name, await readFile(join(folder, 'patches', name), 'utf8'));
  return patches;
}

async function namesOfPatches(folder: string): Promise<string[]> {
  const patches = join(folder, 'patches');
  return existsSync(patches) ? (await readdir(patches)).toSorted() : [];
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}
