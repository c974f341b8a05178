import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { ValidateFunction } from 'ajv';
import { expect, it } from 'vitest';
import * as compiling from '../../libs/service-shell/src/config/compile-schema.ts';
import { changeableSettings, plexusSettings } from '../../libs/service-shell/src/config/plexus-config.ts';
import { writeValidators } from './compiled-settings.ts';

const contents = [
  { servers: [{ server_name: 'one.test' }] },
  { servers: [] },
  { servers: [{ server_name: 'one.test' }], listeners: [{ port: 99_999_999, tls: 7 }], rate_limit: {} },
  { servers: [{ server_name: '' }], topics: { adapter: 'pigeons' }, shutdown: { deadline: 'soon' } },
  { caches: { global_factor: Infinity, per_cache_factors: { rooms: 'large' } }, log: { level: 'loud' } },
  'no settings at all',
];

it('says of a configuration what the schema says that is compiled by a process', () => {
  const schemas = { whole: plexusSettings, changeable: changeableSettings };
  const checked = Object.entries(schemas).map(([name, settings]) => [name, compiling.checkedSchema(settings)]);
  const written = evaluate(writeValidators(Object.fromEntries(checked), compiling));
  for (const [name, settings] of Object.entries(schemas)) {
    const compiled = compiling.compileSchema(settings);
    const validate = written[name];
    if (validate === undefined) throw new Error(`nothing is exported as ${name}`);
    for (const content of contents) expect(verdict(validate, content)).toEqual(verdict(compiled, content));
  }
  expect(verdict(compiling.compileSchema(plexusSettings), contents[2]).errors?.length).toBeGreaterThan(2);
});

/** What is found, and the content with its defaults. */
function verdict(validate: ValidateFunction, content: unknown) {
  const copy: unknown = structuredClone(content);
  const isGood = validate(copy);
  return { isGood, copy, errors: validate.errors };
}

function evaluate(code: string): Record<string, ValidateFunction> {
  const exported = {};
  compileFunction(code, ['exports', 'require'])(exported, createRequire(import.meta.url));
  return exported;
}
