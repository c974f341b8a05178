import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

type Lock = ReadonlyMap<string, Locked>;

/** Whether everything that `tree` needs is installed in `root`: the same versions with the same patches, whatever else is there. */
export async function canSharePackages(root: string, tree: string): Promise<boolean> {
  const [ours, theirs] = [await readLock(root), await readLock(tree)];
  const isSame = [...packagesOf(theirs)].every(([path, { version }]) => ours.get(path)?.version === version);
  return isSame && JSON.stringify(await patchesOf(root)) === JSON.stringify(await patchesOf(tree));
}

/** Leads `tree` to the packages of `root`, but to its own libraries. */
export async function sharePackages(root: string, tree: string): Promise<void> {
  for (const folder of ['.', ...(await foldersOf(tree, 'apps')), ...(await foldersOf(tree, 'libs'))]) {
    for (const name of await packageNames(join(root, folder, 'node_modules'))) {
      await link(join(root, folder, 'node_modules', name), join(tree, folder, 'node_modules', name));
    }
  }
  for (const [path, { resolved, link: isLink }] of await readLock(tree)) {
    if (isLink === true && resolved !== undefined) await link(join(tree, resolved), join(tree, path));
  }
}

async function foldersOf(tree: string, kind: string): Promise<string[]> {
  return (await readdir(join(tree, kind))).map((name) => join(kind, name));
}

/** Names of what is installed in a folder, and of its commands; not of our own libraries, nor of what tools keep there. */
async function packageNames(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  const kept = names.filter((name) => name !== '@plexus' && (name === '.bin' || !name.startsWith('.')));
  const scoped = kept.map(async (name) => {
    return name.startsWith('@') ? (await readdir(join(folder, name))).map((own) => join(name, own)) : [name];
  });
  return (await Promise.all(scoped)).flat();
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

function packagesOf(lock: Lock): Lock {
  return new Map([...lock].filter(([path, { link: isLink }]) => path.includes('node_modules/') && isLink !== true));
}

async function readLock(folder: string): Promise<Lock> {
  const { packages } = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return new Map(Object.entries(packages));
}

async function patchesOf(folder: string): Promise<[string, string][]> {
  const names = existsSync(join(folder, 'patches')) ? (await readdir(join(folder, 'patches'))).toSorted() : [];
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(folder, 'patches', name), 'utf8')]),
  );
}
