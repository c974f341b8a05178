import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { changeableSettings, plexusSettings } from './plexus-config.ts';

it.each([
  ['of everything', plexusSettings],
  ['of what can change while a process runs', changeableSettings],
])('the schema %s is a schema, without keywords that are unknown or mean nothing where they stand', (_of, settings) => {
  const { default: _default, ...schema } = settings.schema;
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, useDefaults: true }).addVocabulary(['x-form']);
  expect(ajv.validateSchema(schema)).toBe(true);
  expect(() => ajv.compile(schema)).not.toThrow();
});
