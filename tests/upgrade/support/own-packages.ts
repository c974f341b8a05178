import type { Lock, Locked } from './package-lock.ts';
import { findFrom, holderOf, nameOf, packagesOf } from './package-lock.ts';

/**
 * Which packages of a tree with the lock `theirs` cannot be those that are installed for `ours`: of another version, otherwise `patched`, or with one
 * of these among what they load, since a package finds others from where it really lies.
 */
export function findOwnPackages(ours: Lock, theirs: Lock, patched: ReadonlySet<string>): string[] {
  const packages = packagesOf(theirs);
  const own = new Set(
    [...packages].filter(([path, locked]) => isOther(ours, path, locked, patched)).map(([path]) => path),
  );
  for (let before = -1; before < own.size;) {
    before = own.size;
    for (const [path, locked] of packages) {
      const holder = holderOf(path);
      if (own.has(holder) || loadsOther(path, locked)) own.add(path);
      // What lies within a package cannot be put there without touching ours.
      if (own.has(path) && packages.has(holder)) own.add(holder);
    }
  }
  return [...own];

  function loadsOther(path: string, locked: Locked): boolean {
    return dependenciesOf(locked).some((name) => {
      const found = findFrom(theirs, path, name);
      if (found === undefined) return false;
      const oursFound = findFrom(ours, path, name);
      const isSame = oursFound !== undefined && ours.get(oursFound)?.version === theirs.get(found)?.version;
      return own.has(found) || !isSame;
    });
  }
}

function isOther(ours: Lock, path: string, { version }: Locked, patched: ReadonlySet<string>): boolean {
  return ours.get(path)?.version !== version || patched.has(nameOf(path));
}

function dependenciesOf({ dependencies, optionalDependencies, peerDependencies }: Locked): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}
