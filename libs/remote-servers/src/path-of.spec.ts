import { expect, it } from 'vitest';
import { pathOf } from './path-of.ts';

it('encodes each variable and nothing else', () => {
  expect(pathOf`/_matrix/federation/v1/event/${'$a/b?c#d'}/x`).toBe('/_matrix/federation/v1/event/%24a%2Fb%3Fc%23d/x');
});

it('leaves no variable that is a step in the tree', () => {
  expect(pathOf`/a/${'..'}/${'.'}/b`).toBe('/a/%2E%2E/%2E/b');
});
