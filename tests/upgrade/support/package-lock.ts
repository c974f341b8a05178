import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What npm's lock says of one folder. */
export interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** By the path of the folder. */
export type Lock = ReadonlyMap<string, Locked>;

export async function readLock(folder: string): Promise<Lock> {
  const { packages } = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return new Map(Object.entries(packages));
}

/** Those that are installed: neither the tree itself nor its libraries. */
export function packagesOf(lock: Lock): Lock {
  return new Map([...lock].filter(([path, { link }]) => path.includes('node_modules/') && link !== true));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The folder in whose `node_modules` a package lies: empty for that of the tree. */
export function holderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1));
}

/** Which package Node finds under `name` from within the one at `path`. */
export function findFrom(lock: Lock, path: string, name: string): string | undefined {
  for (let holder = path; ; holder = holder.includes('node_modules/') ? holderOf(holder) : '') {
    const candidate = join(holder, 'node_modules', name);
    if (lock.has(candidate)) return candidate;
    if (holder === '') return undefined;
  }
}
