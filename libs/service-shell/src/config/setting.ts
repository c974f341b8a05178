import type { JsonObject } from '@plexus/matrix-base';
import type { Secret } from './secret.ts';

/** A JSON Schema (draft 7) as plain data. `x-form` says in words what a `pattern` asks for. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly 'x-form'?: string;
  readonly writeOnly?: boolean;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** Whether a setting has to be written, has a default, or may stay absent. */
export type Presence = 'required' | 'default' | 'optional';

export type Kind = 'plain' | 'scalar' | 'duration' | 'size' | 'secret' | 'list' | 'map' | 'group';

/** One setting: its schema for the file and, in `T`, the type that the loader makes of it. */
export interface Setting<T, P extends Presence = Presence> {
  readonly kind: Kind;
  readonly presence: P;
  readonly schema: JsonSchema;
  readonly item?: Setting<unknown>;
  readonly members?: Settings;
  /** Carries `T` for the type checker; never set. */
  readonly type?: T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The type of the loaded value of a setting. */
export type Configured<S> = S extends Setting<infer T> ? T : never;

type OptionalKeys<M extends Settings> = { [K in keyof M]: M[K]['presence'] extends 'optional' ? K : never }[keyof M];

/** The type of a loaded group: optional members may be absent, all others are there. */
export type ConfiguredGroup<M extends Settings> = {
  readonly [K in Exclude<keyof M, OptionalKeys<M>>]: Configured<M[K]>;
} & { readonly [K in OptionalKeys<M>]?: Configured<M[K]> };

interface Defaulted<D> {
  readonly default?: D;
}

export function text(
  description: string,
  options: Defaulted<string> & { pattern?: string; form?: string } = {},
): Setting<string, 'default'> {
  const { pattern, form, ...rest } = options;
  const shape = pattern === undefined ? { minLength: 1 } : { pattern, 'x-form': form ?? pattern };
  return setting('plain', { type: 'string', description, ...shape, ...rest });
}

/** A text that may be written as a number; loaded as text. */
export function scalar(description: string): Setting<string, 'default'> {
  const form = { 'x-form': 'a text or a number' };
  return setting('scalar', { type: ['string', 'number'], description, minLength: 1, ...form });
}

/** Any JSON object. */
export function json(description: string): Setting<JsonObject, 'default'> {
  return setting('plain', { type: 'object', description, additionalProperties: true });
}

export function integer(
  description: string,
  options: Defaulted<number> & { minimum?: number; maximum?: number } = {},
): Setting<number, 'default'> {
  return setting('plain', { type: 'integer', description, minimum: 0, ...options });
}

export function decimal(
  description: string,
  options: Defaulted<number> & { maximum?: number } = {},
): Setting<number, 'default'> {
  return setting('plain', { type: 'number', description, minimum: 0, ...options });
}

export function flag(description: string, options: Defaulted<boolean> = {}): Setting<boolean, 'default'> {
  return setting('plain', { type: 'boolean', description, ...options });
}

export function choice<const V extends readonly string[]>(
  description: string,
  values: V,
  options: Defaulted<V[number]> = {},
): Setting<V[number], 'default'> {
  return setting('plain', { type: 'string', description, enum: values, ...options });
}

/** Written as `500ms`, `30s`, `5m`, `2h` or `1d`; loaded as milliseconds. */
export function duration(description: string, options: Defaulted<string> = {}): Setting<number, 'default'> {
  const shape = { pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', 'x-form': 'a duration such as 500ms, 30s, 5m, 2h or 1d' };
  return setting('duration', { type: 'string', description, ...shape, ...options });
}

/** Written as `512`, `64K`, `50M` or `1G`; loaded as bytes. */
export function size(description: string, options: Defaulted<string> = {}): Setting<number, 'default'> {
  const shape = {
    minimum: 0,
    pattern: '^[0-9]{1,9}[KMG]?$',
    'x-form': 'a number of bytes such as 512, 64K, 50M or 1G',
  };
  return setting('size', { type: ['string', 'integer'], description, ...shape, ...options });
}

/** A value that never appears in a log or an error; its group accepts `<name>_path`, a file that holds it, as well. */
export function secret(description: string): Setting<Secret, 'optional'> {
  return optional(setting<Secret>('secret', { type: 'string', description, minLength: 1, writeOnly: true }));
}

export function list<T>(
  description: string,
  item: Setting<T>,
  options: Defaulted<readonly unknown[]> & { minItems?: number } = {},
): Setting<readonly T[], 'default'> {
  return { ...setting<readonly T[]>('list', { type: 'array', description, items: item.schema, ...options }), item };
}

/** Free keys of the operator's choice, each with a value of the same kind. */
export function map<T>(description: string, item: Setting<T>): Setting<Readonly<Record<string, T>>, 'default'> {
  const schema = { type: 'object', description, additionalProperties: item.schema, default: {} };
  return { ...setting<Readonly<Record<string, T>>>('map', schema), item };
}

/** Named members, no others. It may be left out when no member is required. */
export function group<M extends Settings>(description: string, members: M): Setting<ConfiguredGroup<M>, 'default'> {
  const required = Object.keys(members).filter((name) => members[name]?.presence === 'required');
  const schema = {
    type: 'object',
    description,
    properties: Object.fromEntries(Object.entries(members).flatMap(propertySchemas)),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : { default: {} }),
  };
  return { ...setting<ConfiguredGroup<M>>('group', schema), members };
}

/** Lets a setting stay absent, without a default. */
export function optional<T>(inner: Setting<T>): Setting<T, 'optional'> {
  const { default: _default, ...schema } = inner.schema;
  return { ...inner, schema, presence: 'optional' };
}

function setting<T>(kind: Kind, schema: JsonSchema): Setting<T, 'default'> {
  const presence = 'default' in schema ? 'default' : 'required';
  // @NOTE The type says 'default' for both: required and defaulted settings are alike once loaded.
  return { kind, schema, presence: presence as 'default' };
}

function propertySchemas([name, member]: [string, Setting<unknown>]): [string, JsonSchema][] {
  if (member.kind !== 'secret') return [[name, member.schema]];
  const description = `A file that holds \`${name}\`; white space at its end is cut off.`;
  return [
    [name, member.schema],
    [`${name}_path`, { type: 'string', minLength: 1, description }],
  ];
}
