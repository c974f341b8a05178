import { readdirSync, readFileSync } from 'node:fs';
import { isEventId, isJsonObject, isRoomAlias, isRoomId, isUserId, parseServerName } from '@plexus/matrix-base';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { Json, Reply } from '../../support/matrix-client.ts';

/** An endpoint as the specification's OpenAPI files describe it. */
interface Operation {
  readonly method: string;
  readonly path: RegExp;
  /** Where its responses are described: a file and a JSON pointer. */
  readonly responses: string;
  readonly statuses: Readonly<Record<string, { readonly content?: { readonly 'application/json'?: unknown } }>>;
}

const FOLDER = new URL('../openapi/', import.meta.url).pathname;
const BASE = 'https://spec.matrix.org/data/';
const ERROR = { $ref: `${BASE}api/client-server/definitions/errors/error.yaml` };
/** Answered by every endpoint that needs a token, whatever else it says about its 401. */
const ABOUT_TOKENS = new Set(['M_MISSING_TOKEN', 'M_UNKNOWN_TOKEN', 'M_USER_LOCKED']);
const METHODS = ['get', 'put', 'post', 'delete'];

const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, formats: formats() });
/** Those with the fewest variables first: of several that fit, that one is meant. */
const operations = loadOperations().toSorted((a, b) => variablesOf(a) - variablesOf(b));
const compiled = new Map<string, ValidateFunction>();

/**
 * What the specification finds wrong with an answer: its schema for the endpoint and the status, or that of errors, where it has none for an error's
 * status. A status of success must be described, and the endpoint too.
 */
export function findFaults(method: string, target: string, { status, body }: Reply): string[] {
  const path = target.split('?', 1)[0] ?? '';
  const fitting = operations.find((operation) => operation.method === method && operation.path.test(path));
  if (status >= 400) {
    const isSpecial = fitting !== undefined && !ABOUT_TOKENS.has(String(body['errcode']));
    return faultsBy(isSpecial ? schemaOf(fitting, status) : undefined, body);
  }
  if (fitting === undefined) return [`${method} ${path} is not in the specification`];
  const schema = schemaOf(fitting, status);
  return schema === undefined ? [`${method} ${path} may not answer ${status}`] : faultsBy(schema, body);
}

/** Whether the specification says of the endpoint that it limits how often it is asked. */
export function isRateLimited(method: string, target: string): boolean {
  const path = target.split('?', 1)[0] ?? '';
  return operations.some((operation) => {
    return operation.method === method && operation.path.test(path) && operation.statuses['429'] !== undefined;
  });
}

function faultsBy(reference: string | undefined, body: Json): string[] {
  const key = reference ?? '';
  const validate = compiled.get(key) ?? ajv.compile(reference === undefined ? ERROR : { $ref: reference });
  compiled.set(key, validate);
  if (validate(body)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

function schemaOf({ responses, statuses }: Operation, status: number): string | undefined {
  const isDescribed = statuses[status]?.content?.['application/json'] !== undefined;
  return isDescribed ? `${responses}/${status}/content/application~1json/schema` : undefined;
}

/**
 * @NOTE References are made absolute here: the validator loses the file from which a relative one starts. And what the files say of an answer with
 * `oneOf` holds for several of its forms at once.
 */
function loadOperations(): Operation[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return files.flatMap((file) => {
    const description = parse(readFileSync(FOLDER + file, 'utf8'), (key, value: unknown) => {
      if (key === '$ref' && typeof value === 'string') return new URL(value, BASE + file).href;
      return isJsonObject(value) && 'oneOf' in value ? { ...value, oneOf: undefined, anyOf: value['oneOf'] } : value;
    }) as Json;
    ajv.addSchema(description, BASE + file);
    return operationsOf(file, description);
  });
}

function operationsOf(file: string, description: Json): Operation[] {
  const [server] = (description['servers'] ?? []) as { variables: { basePath: { default: string } } }[];
  const paths = (description['paths'] ?? {}) as Record<string, Record<string, { responses: Operation['statuses'] }>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method] !== undefined).map((method) => ({
      method: method.toUpperCase(),
      path: patternOf((server?.variables.basePath.default ?? '') + path),
      responses: `${BASE}${file}#/paths/${encodeURIComponent(path.replaceAll('/', '~1'))}/${method}/responses`,
      statuses: methods[method]?.responses ?? {},
    })),
  );
}

function variablesOf({ path }: Operation): number {
  return path.source.split('[^').length;
}

/** A state key that is empty may be left out, with the slash before it. */
function patternOf(path: string): RegExp {
  const parts = path
    .trim()
    .replace(/\/$/, '')
    .replace('/{stateKey}', '(?:/[^/]*)?')
    .replaceAll(/\{\w+\}/g, '[^/]*');
  return new RegExp(`^${parts}/?$`);
}

/** https://spec.matrix.org/v1.19/appendices/#identifier-grammar */
function formats(): Record<string, (text: string) => boolean> {
  return {
    'mx-user-id': isUserId,
    'mx-room-id': isRoomId,
    'mx-room-alias': isRoomAlias,
    'mx-event-id': isEventId,
    'mx-server-name': (text) => parseServerName(text) !== undefined,
    uri: (text) => URL.canParse(text),
  };
}
