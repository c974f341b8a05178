import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** A JSON schema that knows which type it describes, and whether it may be left out of an object. */
export interface Schema<T, P extends 'required' | 'optional' = 'required'> {
  readonly json: JsonSchema;
  readonly presence: P;
  /** Never set: carries the type only. */
  readonly described?: T;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** The type that a schema describes. */
export type Described<S> = S extends Schema<infer T, 'required' | 'optional'> ? T : never;

type Members = Readonly<Record<string, Schema<unknown, 'required' | 'optional'>>>;

type DescribedObject<M extends Members> = {
  readonly [K in keyof M as M[K]['presence'] extends 'required' ? K : never]: Described<M[K]>;
} & {
  readonly [K in keyof M as M[K]['presence'] extends 'optional' ? K : never]?: Described<M[K]>;
};

/** An object with these members; what else it has is ignored, as the specification demands of unknown keys. */
export function object<const M extends Members>(members: M): Schema<DescribedObject<M>> {
  const required = Object.keys(members).filter((name) => members[name]?.presence === 'required');
  const properties = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, member.json]));
  return schema({ type: 'object', properties, required });
}

/** As `object`, and no other member. */
export function closedObject<const M extends Members>(members: M): Schema<DescribedObject<M>> {
  return schema({ ...object(members).json, additionalProperties: false });
}

/** Any JSON object. */
export function anyObject(): Schema<JsonObject> {
  return schema({ type: 'object' });
}

export function anyValue(): Schema<JsonValue> {
  return schema({});
}

/** An object with free keys whose values are all of one kind. */
export function mapOf<T>(item: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return schema({ type: 'object', additionalProperties: item.json });
}

export function text(options: { readonly pattern?: string; readonly maxLength?: number } = {}): Schema<string> {
  return schema({ type: 'string', ...options });
}

export function integer(options: { readonly minimum?: number; readonly maximum?: number } = {}): Schema<number> {
  return schema({ type: 'integer', ...options });
}

export function decimal(options: { readonly minimum?: number; readonly maximum?: number } = {}): Schema<number> {
  return schema({ type: 'number', ...options });
}

export function flag(): Schema<boolean> {
  return schema({ type: 'boolean' });
}

export function choice<const V extends readonly string[]>(values: V): Schema<V[number]> {
  return schema({ type: 'string', enum: values });
}

export function list<T>(item: Schema<T>, options: { readonly maxItems?: number } = {}): Schema<readonly T[]> {
  return schema({ type: 'array', items: item.json, ...options });
}

/** A value of this kind, or null. */
export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return schema({ anyOf: [inner.json, { type: 'null' }] });
}

/** Lets a member be absent. */
export function optional<T>(inner: Schema<T>): Schema<T, 'optional'> {
  return { json: inner.json, presence: 'optional' };
}

function schema<T>(json: JsonSchema): Schema<T> {
  return { json, presence: 'required' };
}
