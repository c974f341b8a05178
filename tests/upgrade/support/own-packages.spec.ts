import { describe, expect, it } from 'vitest';
import { findOwnPackages } from './own-packages.ts';
import type { Lock, Locked } from './package-lock.ts';

const NONE = new Set<string>();

function lockOf(packages: Record<string, Locked>): Lock {
  return new Map(Object.entries({ '': {}, 'libs/storage': {}, ...packages }));
}

describe('findOwnPackages', () => {
  it('finds none where all versions are the same, whatever else is installed', () => {
    const theirs = lockOf({ 'node_modules/pg': { version: '1.0.0' } });
    const ours = lockOf({ 'node_modules/pg': { version: '1.0.0' }, 'node_modules/redis': { version: '2.0.0' } });
    expect(findOwnPackages(ours, theirs, NONE)).toEqual([]);
  });

  it('finds those of another version, those that are not there, and those that are otherwise patched', () => {
    const theirs = lockOf({
      'node_modules/pg': { version: '1.0.0' },
      'node_modules/redis': { version: '2.0.0' },
      'node_modules/@of/kafka': { version: '3.0.0' },
      'node_modules/same': { version: '4.0.0' },
    });
    const ours = lockOf({
      'node_modules/pg': { version: '1.0.1' },
      'node_modules/@of/kafka': { version: '3.0.0' },
      'node_modules/same': { version: '4.0.0' },
    });
    const own = ['node_modules/pg', 'node_modules/redis', 'node_modules/@of/kafka'];
    expect(findOwnPackages(ours, theirs, new Set(['@of/kafka']))).toEqual(own);
  });

  it('finds who loads one of them, through others too', () => {
    const theirs = lockOf({
      'node_modules/framework': { version: '1.0.0', dependencies: { router: '*' } },
      'node_modules/router': { version: '1.0.0', peerDependencies: { parser: '*' } },
      'node_modules/parser': { version: '1.0.0' },
      'node_modules/alone': { version: '1.0.0' },
    });
    const ours = new Map(theirs).set('node_modules/parser', { version: '2.0.0' });
    const own = ['node_modules/parser', 'node_modules/router', 'node_modules/framework'];
    expect(findOwnPackages(ours, theirs, NONE).toSorted()).toEqual(own.toSorted());
  });

  it('finds who would load another one from where ours lies', () => {
    const theirs = lockOf({
      'node_modules/router': { version: '1.0.0', dependencies: { parser: '*' } },
      'node_modules/parser': { version: '1.0.0' },
    });
    const ours = new Map(theirs).set('node_modules/router/node_modules/parser', { version: '2.0.0' });
    expect(findOwnPackages(ours, theirs, NONE)).toEqual(['node_modules/router']);
  });

  it('finds the package in which one lies, and all that lies in it', () => {
    const theirs = lockOf({
      'node_modules/router': { version: '1.0.0' },
      'node_modules/router/node_modules/parser': { version: '1.0.0' },
      'node_modules/router/node_modules/printer': { version: '1.0.0' },
      'libs/storage/node_modules/parser': { version: '1.0.0' },
    });
    const ours = new Map(theirs).set('node_modules/router/node_modules/parser', { version: '2.0.0' });
    expect(findOwnPackages(ours, theirs, NONE).toSorted()).toEqual([
      'node_modules/router',
      'node_modules/router/node_modules/parser',
      'node_modules/router/node_modules/printer',
    ]);
  });
});
