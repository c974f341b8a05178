import { expect, it } from 'vitest';
import { findDeadReferences } from './find-dead-references.ts';

const repository = {
  exists: (path: string) => path === 'libs/there/src/a.ts' || path === 'docs/b.md',
  scripts: new Set(['bench']),
};

function find(text: string, path = 'docs/a.md'): string[] {
  return findDeadReferences({ path, text }, repository);
}

it('knows what is there', () => {
  expect(find('See `libs/there/src/a.ts`, [b](b.md), [root](../docs/b.md#part), or run `npm run bench`.')).toEqual([]);
});

it('names a path that is not there', () => {
  expect(find('See `libs/gone/src/a.ts`.')).toEqual(['docs/a.md: libs/gone/src/a.ts does not exist']);
});

it('names a link that leads nowhere, from where the document lies', () => {
  expect(find('[c](c.md)')).toEqual(['docs/a.md: docs/c.md does not exist']);
  expect(find('[c](docs/c.md)', 'README.md')).toEqual(['README.md: docs/c.md does not exist']);
});

it('names a script that is not there', () => {
  expect(find('`npm run nothing -- x`')).toEqual(['docs/a.md: there is no script "npm run nothing"']);
});

it('lets patterns, placeholders and the paths of others be', () => {
  expect(
    find('`libs/*/README.md`, `apps/<app>/src`, https://example.org/docs/x, `/var/libs/x`, `x/libs/gone`'),
  ).toEqual([]);
});
