import { Ajv } from 'ajv';
import type { Options, ValidateFunction } from 'ajv';
import type { JsonSchema, Setting } from './setting.ts';

/** How the configuration is checked. A test checks the schema itself. */
export const VALIDATING: Options = {
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: false,
  // No number of a setting is infinite.
  strictNumbers: true,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
};

/** What is no keyword of JSON Schema, and checks nothing. */
export const VOCABULARY = ['x-form'];

/**
 * Makes a function of how settings are written, which fills in defaults too.
 *
 * @NOTE It takes longer than anything else that a process does when it starts: in the bundle, `scripts/bundle/compiled-settings.ts` puts what
 * has been made already in the place of this file.
 */
export function compileSchema(settings: Setting<unknown>): ValidateFunction {
  return new Ajv(VALIDATING).addVocabulary(VOCABULARY).compile(checkedSchema(settings));
}

/** A default of the whole has no place to go to. */
export function checkedSchema({ schema: { default: _default, ...schema } }: Setting<unknown>): JsonSchema {
  return schema;
}
