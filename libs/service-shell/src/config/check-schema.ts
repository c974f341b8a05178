import type { ErrorObject, ValidateFunction } from 'ajv';
import { compileSchema } from './compile-schema.ts';
import type { ConfigProblem } from './config-error.ts';
import { findNearestName } from './nearest-name.ts';
import type { JsonSchema, Setting } from './setting.ts';

/** To compile one takes a hundred times as long as to use it. */
const validators = new WeakMap<Setting<unknown>, ValidateFunction>();

/** Fills in defaults (in place) and says what is wrong with a configuration, by path. */
export function checkSchema(
  settings: Setting<unknown>,
  content: unknown,
): (ConfigProblem & { keys: (string | number)[] })[] {
  const validate = validators.get(settings) ?? compileSchema(settings);
  validators.set(settings, validate);
  if (validate(content)) return [];
  return (validate.errors ?? []).map((error) => {
    const keys = error.instancePath.split('/').slice(1).map(unescapeKey);
    const { suffix, reason } = explain(error);
    return { path: formatPath([...keys, ...suffix]), reason, keys: [...keys, ...suffix] };
  });
}

/** `['listeners', 0, 'tls']` as `listeners[0].tls`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}

function unescapeKey(key: string): string | number {
  if (/^(0|[1-9][0-9]*)$/.test(key)) return Number(key);
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function explain(error: ErrorObject): { suffix: string[]; reason: string } {
  const { keyword, params } = error;
  const schema = error.parentSchema as JsonSchema;
  if (keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return { suffix: [name], reason: `unknown setting${hint(name, Object.keys(schema.properties ?? {}))}` };
  }
  if (keyword === 'required') return { suffix: [String(params['missingProperty'])], reason: 'is required' };
  const shown = schema.writeOnly ? 'what is written' : JSON.stringify(error.data).slice(0, 80);
  if (keyword === 'enum')
    return { suffix: [], reason: `must be one of ${(schema.enum ?? []).join(', ')}, not ${shown}` };
  return { suffix: [], reason: `must be ${expectation(schema)}, not ${shown}` };
}

function hint(name: string, known: readonly string[]): string {
  const nearest = findNearestName(name, known);
  return nearest === undefined ? `; known here: ${known.join(', ')}` : `; did you mean "${nearest}"?`;
}

function expectation(schema: JsonSchema): string {
  if (schema['x-form'] !== undefined) return schema['x-form'];
  if (schema.type === 'object') return 'a group of settings';
  if (schema.type === 'array') return schema.minItems ? `a list of at least ${schema.minItems}` : 'a list';
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string') return 'a text that is not empty';
  return `a ${schema.type === 'integer' ? 'whole ' : ''}number${range(schema)}`;
}

function range({ minimum, maximum }: JsonSchema): string {
  if (maximum === undefined) return minimum === undefined ? '' : ` of at least ${minimum}`;
  return ` from ${minimum ?? 0} to ${maximum}`;
}
