import { existsSync } from 'node:fs';
import { checkEnvironment } from './check-environment.ts';
import { checkNetworks } from './check-networks.ts';
import { checkRelations } from './check-relations.ts';
import { checkSchema } from './check-schema.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigProblem } from './config-error.ts';
import { convertValue } from './convert-values.ts';
import { readEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { parseConfig, readConfigFile } from './read-file.ts';
import type { ConfigFile } from './read-file.ts';
import { plexusSettings } from './plexus-config.ts';
import type { PlexusConfig } from './plexus-config.ts';

export interface ConfigSource {
  /** From `--config`; without it `PLEXUS_CONFIG`, then `plexus.yaml` in the working directory where there is one. */
  readonly path?: string | undefined;
  readonly environment?: Environment;
}

const defaultPath = 'plexus.yaml';
const withoutFile = 'servers: [{ server_name: localhost, registration: { enabled: true } }]';

/** Loads and checks the configuration, once, at start. Throws ConfigError, which names every problem by its path. */
export function loadConfig({ path, environment = readEnvironment() }: ConfigSource = {}): PlexusConfig {
  return resolveConfig(findFile(path, environment), environment);
}

/** As `loadConfig`, from YAML text: for tests and for checking a file that is not in place. */
export function loadConfigText(yaml: string, environment: Environment = readEnvironment()): PlexusConfig {
  return resolveConfig(parseConfig(yaml, 'text', environment.variables), environment);
}

function findFile(path: string | undefined, environment: Environment): ConfigFile {
  const chosen = path ?? environment.configPath ?? (existsSync(defaultPath) ? defaultPath : undefined);
  if (chosen !== undefined) return readConfigFile(chosen, environment.variables);
  return parseConfig(withoutFile, 'built-in defaults', environment.variables);
}

function resolveConfig(file: ConfigFile, environment: Environment): PlexusConfig {
  const variables = checkEnvironment(environment);
  if (variables.length > 0) throw new ConfigError('environment', variables);
  const content = withEnvironment(file.content, environment);
  const mistakes = checkSchema(plexusSettings.schema, content).map(({ keys, ...problem }) =>
    located(problem, file, keys),
  );
  if (mistakes.length > 0) throw new ConfigError(file.source, mistakes);
  const problems: ConfigProblem[] = [];
  const config = convertValue(plexusSettings, content, (problem) => problems.push(problem)) as PlexusConfig;
  problems.push(...checkRelations(config), ...checkNetworks(config));
  if (problems.length > 0) throw new ConfigError(file.source, problems);
  return config;
}

function located(problem: ConfigProblem, file: ConfigFile, keys: (string | number)[]): ConfigProblem {
  const line = file.lineOf(keys) ?? file.lineOf(keys.slice(0, -1));
  return line === undefined ? problem : { ...problem, line };
}

/** The environment goes before the file, except for the port, which is only that of the listener made by default. */
function withEnvironment(content: unknown, environment: Environment): unknown {
  if (!isRecord(content)) return content;
  return {
    ...content,
    listeners: content['listeners'] ?? [{ port: Number(environment.port ?? '8008') }],
    ...(environment.dataDir !== undefined && { data_dir: environment.dataDir }),
    ...(environment.logLevel !== undefined && { log: merged(content['log'], { level: environment.logLevel }) }),
    ...(environment.appserviceFiles.length > 0 && { appservices: withFiles(content['appservices'], environment) }),
    ...('caches' in content && isRecord(content['caches']) && { caches: canonicalFactors(content['caches']) }),
    ...cacheFactors(content['caches'], environment),
  };
}

/** What is written wrongly is left for the schema to name. */
function withFiles(written: unknown, { appserviceFiles }: Environment): unknown {
  const files = isRecord(written) ? (written['files'] ?? []) : [];
  return Array.isArray(files) ? merged(written, { files: [...(files as unknown[]), ...appserviceFiles] }) : written;
}

function cacheFactors(written: unknown, { cacheFactor, cacheFactors: byName }: Environment): { caches?: unknown } {
  const own = Object.fromEntries(Object.entries(byName).map(([name, factor]) => [cacheKey(name), Number(factor)]));
  if (cacheFactor === undefined && Object.keys(own).length === 0) return {};
  const canonical = isRecord(written) ? canonicalFactors(written) : written;
  const perCache = isRecord(canonical) ? canonical['per_cache_factors'] : undefined;
  const global = cacheFactor === undefined ? {} : { global_factor: Number(cacheFactor) };
  return { caches: merged(canonical, { ...global, per_cache_factors: merged(perCache, own) }) };
}

/** Cache names are compared in lower case and by letters, digits and underscores alone, on both sides. */
function canonicalFactors(caches: Record<string, unknown>): Record<string, unknown> {
  const factors = caches['per_cache_factors'];
  if (!isRecord(factors)) return caches;
  const renamed = Object.entries(factors).map(([name, factor]) => [cacheKey(name), factor]);
  return { ...caches, per_cache_factors: Object.fromEntries(renamed) };
}

function cacheKey(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '');
}

function merged(written: unknown, over: Record<string, unknown>): unknown {
  return written === undefined || written === null ? over : isRecord(written) ? { ...written, ...over } : written;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
