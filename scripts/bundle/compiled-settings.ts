import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { Options } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'rolldown';

const REPLACED = 'compile-schema.js';
const COMPILED = 'compiled-settings.cjs';

type Settings = typeof import('../../libs/service-shell/src/config/plexus-config.ts');
type Compiling = typeof import('../../libs/service-shell/src/config/compile-schema.ts');

/**
 * Compiles the schema of the configuration when the bundle is made, and puts the outcome in the place of what would compile it whenever a
 * process starts.
 */
export function compiledSettings(root: string): Plugin {
  const folder = join(root, 'libs/service-shell/dist/config');
  return {
    name: 'compiled-settings',
    resolveId: (id) => (id === `./${COMPILED}` ? join(folder, COMPILED) : undefined),
    load(id) {
      if (id === join(folder, REPLACED)) return REPLACEMENT;
      return id === join(folder, COMPILED) ? compileBuilt(folder) : undefined;
    },
  };
}

/** Of the only two that are compiled. */
const REPLACEMENT = `
import { changeableSettings, plexusSettings } from './plexus-config.js';
import { changeable, whole } from './${COMPILED}';

export function compileSchema(settings) {
  if (settings === plexusSettings) return whole;
  if (settings === changeableSettings) return changeable;
  throw new Error('These settings were not compiled when the bundle was made');
}
`;

async function compileBuilt(folder: string): Promise<string> {
  const { changeableSettings, plexusSettings } = (await import(join(folder, 'plexus-config.js'))) as Settings;
  const compiling = (await import(join(folder, REPLACED))) as Compiling;
  const whole = compiling.checkedSchema(plexusSettings);
  return writeValidators({ whole, changeable: compiling.checkedSchema(changeableSettings) }, compiling);
}

/** A CommonJS module that exports a function for each schema, under its name. */
export function writeValidators(
  schemas: Readonly<Record<string, object>>,
  { VALIDATING: options, VOCABULARY: vocabulary }: { readonly VALIDATING: Options; readonly VOCABULARY: string[] },
): string {
  const ajv = new Ajv({ ...options, code: { source: true } }).addVocabulary(vocabulary);
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema(schema, name);
  return standalone.default(ajv, Object.fromEntries(Object.keys(schemas).map((name) => [name, name])));
}
