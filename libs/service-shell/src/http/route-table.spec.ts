import { expect, it } from 'vitest';
import { RouteTable } from './route-table.ts';

const routes = new RouteTable();
routes.add('/rooms/:roomId/state/:type', ['GET', 'PUT']);
routes.add('/rooms/:roomId/state/:type/', ['GET']);
routes.add('/rooms/:roomId/join', ['POST']);
routes.add('/download/*', ['GET']);

it.each([
  ['/rooms/!a:b/state/m.room.name', ['GET', 'PUT']],
  ['/rooms/!a:b/state/m.room.name/', ['GET']],
  ['/rooms/!a:b/join', ['POST']],
  ['/rooms/!a:b', []],
  ['/rooms//join', []],
  ['/rooms/!a:b/join/more', []],
  ['/download/a/b/c', ['GET']],
  ['/', []],
])('knows the methods of %s', (path, methods) => {
  expect(routes.methodsOf(path)).toEqual(methods);
});
