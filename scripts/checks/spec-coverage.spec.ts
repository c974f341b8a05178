import { expect, it } from 'vitest';
import { listFederationRoutes, listRoutes } from '../../tests/spec/bad-input/routes.ts';
import { readSources } from './source-files.ts';

const text = readSources(['docs/spec-coverage.md'])[0]?.text ?? '';

it('docs/spec-coverage.md lists every endpoint that is registered, and no other', () => {
  const listed = [...text.matchAll(/`(GET|PUT|POST|DELETE) (\/[^`]*)`/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const routes = [...listRoutes(), ...listFederationRoutes()];
  const registered = routes.map(({ method, pattern }) => `${method} ${pattern.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(listed.toSorted()).toEqual(registered.toSorted());
});

it('docs/spec-coverage.md lists every file with a deviation, and no other', () => {
  const sources = readSources(['{apps,libs}/*/src/**/*.ts']);
  const deviating = sources.filter((source) => source.text.includes('@DEVIATION')).map(({ path }) => path);
  const listed = [...text.matchAll(/^\| `((?:apps|libs)\/[^`]+)`/gm)].map(([, path]) => path ?? '');
  expect(listed.toSorted()).toEqual(deviating.toSorted());
});
