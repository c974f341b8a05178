import { findCacheName, isCacheName, normalizeCacheName } from '@plexus/cache';
import { existsSync } from 'node:fs';
import { checkEnvironment } from './check-environment.ts';
import { checkNetworks } from './check-networks.ts';
import { checkRelations } from './check-relations.ts';
import { checkSchema } from './check-schema.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigProblem } from './config-error.ts';
import { convertValue } from './convert-values.ts';
import { readEnvironment } from './environment.ts';
import type { CacheFactorVariable, Environment } from './environment.ts';
import { parseConfig, readConfigFile } from './read-file.ts';
import type { ConfigFile } from './read-file.ts';
import { checkSecretFiles } from './read-secrets.ts';
import { changeableSettings, plexusSettings } from './plexus-config.ts';
import type { ChangeableConfig, PlexusConfig } from './plexus-config.ts';
import type { Setting } from './setting.ts';

export interface ConfigSource {
  /** From `--config`; without it `PLEXUS_CONFIG`, then `plexus.yaml` in the working directory where there is one. */
  readonly path?: string | undefined;
  readonly environment?: Environment;
  /** Sections whose secrets have to be there: all where nothing is said. Those of others are read by nobody in this process. */
  readonly secretsOf?: readonly ConfigSection[] | undefined;
}

export type ConfigSection = keyof PlexusConfig;

/** Where every service keeps its data: these secrets are wherever one of them runs. */
export const SECTIONS_OF_ALL: readonly ConfigSection[] = ['database', 'topics', 'cache'];

const defaultPath = 'plexus.yaml';
const withoutFile = 'servers: [{ server_name: localhost, registration: { enabled: true } }]';

/** Loads and checks the configuration, once, at start. Throws ConfigError, which names every problem by its path. */
export function loadConfig({ path, environment = readEnvironment(), secretsOf }: ConfigSource = {}): PlexusConfig {
  return resolveConfig(findFile(path, environment), environment, secretsOf);
}

/**
 * What can change while the process runs, of a file that has changed: only these sections are looked at, so that it costs milliseconds. Throws
 * ConfigError for a file that is not YAML, and for a mistake in them.
 */
export function loadChangeable(path: string, environment: Environment): ChangeableConfig {
  const file = readConfigFile(path, environment.variables);
  const content = withEnvironment(file.content, environment);
  const names = Object.keys(changeableSettings.members ?? {});
  const part = isRecord(content)
    ? Object.fromEntries(names.flatMap((name) => (name in content ? [[name, content[name]]] : [])))
    : content;
  return readSettings(changeableSettings, part, file) as ChangeableConfig;
}

/** As `loadConfig`, from YAML text: for tests and for checking a file that is not in place. */
export function loadConfigText(
  yaml: string,
  environment: Environment = readEnvironment(),
  secretsOf?: readonly ConfigSection[],
): PlexusConfig {
  return resolveConfig(parseConfig(yaml, 'text', environment.variables), environment, secretsOf);
}

/** The file that `loadConfig` reads, if there is one. */
export function findConfigPath({ path, environment = readEnvironment() }: ConfigSource = {}): string | undefined {
  return path ?? environment.configPath ?? (existsSync(defaultPath) ? defaultPath : undefined);
}

function findFile(path: string | undefined, environment: Environment): ConfigFile {
  const chosen = findConfigPath({ path, environment });
  if (chosen !== undefined) return readConfigFile(chosen, environment.variables);
  return parseConfig(withoutFile, 'built-in defaults', environment.variables);
}

function resolveConfig(
  file: ConfigFile,
  environment: Environment,
  secretsOf: readonly ConfigSection[] | undefined,
): PlexusConfig {
  const variables = checkEnvironment(environment);
  if (variables.length > 0) throw new ConfigError('environment', variables);
  const content = withEnvironment(file.content, environment);
  const config = readSettings(plexusSettings, content, file) as PlexusConfig;
  const unreadable = checkSecretFiles(secretsOf === undefined ? config : pickSections(config, secretsOf));
  if (unreadable.length > 0) throw new ConfigError(file.source, unreadable);
  const problems = [...checkRelations(config), ...checkNetworks(config)];
  if (problems.length > 0) throw new ConfigError(file.source, problems);
  return config;
}

function pickSections(config: PlexusConfig, sections: readonly ConfigSection[]): Partial<PlexusConfig> {
  return Object.fromEntries(sections.map((section) => [section, config[section]]));
}

function readSettings(settings: Setting<unknown>, content: unknown, file: ConfigFile): unknown {
  const mistakes = checkSchema(settings, content).map(({ keys, ...problem }) => located(problem, file, keys));
  if (mistakes.length > 0) throw new ConfigError(file.source, mistakes);
  const problems: ConfigProblem[] = [];
  const read = convertValue(settings, content, (problem) => problems.push(problem));
  if (problems.length > 0) throw new ConfigError(file.source, problems);
  return read;
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

function cacheFactors(written: unknown, environment: Environment): { caches?: unknown } {
  if (environment.cacheFactors.length === 0) return {};
  const canonical = isRecord(written) ? canonicalFactors(written) : written;
  const perCache = isRecord(canonical) ? canonical['per_cache_factors'] : undefined;
  const { global, own } = environmentFactors(environment);
  const common = global === undefined ? {} : { global_factor: global };
  return { caches: merged(canonical, { ...common, per_cache_factors: merged(perCache, own) }) };
}

/** What the environment says of the caches' factors, by the names of the caches. */
export function environmentFactors({ cacheFactors: variables }: Environment): {
  readonly global: number | undefined;
  readonly own: Readonly<Record<string, number>>;
} {
  const own: Record<string, number> = {};
  let global: number | undefined;
  for (const { cache, factor } of inOrder(variables)) {
    if (cache === undefined) global = Number(factor);
    else own[cacheKey(cache)] = Number(factor);
  }
  return { global, own };
}

/** The later ones have precedence: those with our prefix, and of these those that name a cache as we do. */
function inOrder(variables: readonly CacheFactorVariable[]): CacheFactorVariable[] {
  return variables.toSorted((one, other) => rankOf(one) - rankOf(other));
}

function rankOf({ variable, cache = '' }: CacheFactorVariable): number {
  return (variable.startsWith('PLEXUS_') ? 2 : 0) + (isOurSpelling(cache) ? 1 : 0);
}

/** Every cache is under its name, however it was spelt; what no cache is called stays, to be warned about. Ours goes before Synapse's. */
function canonicalFactors(caches: Record<string, unknown>): Record<string, unknown> {
  const factors = caches['per_cache_factors'];
  if (!isRecord(factors)) return caches;
  const written = Object.entries(factors).toSorted(
    ([one], [other]) => Number(isOurSpelling(one)) - Number(isOurSpelling(other)),
  );
  const renamed = written.map(([name, factor]) => [cacheKey(name), factor]);
  return { ...caches, per_cache_factors: Object.fromEntries(renamed) };
}

function isOurSpelling(name: string): boolean {
  return isCacheName(normalizeCacheName(name));
}

function cacheKey(name: string): string {
  return findCacheName(name) ?? normalizeCacheName(name);
}

function merged(written: unknown, over: Record<string, unknown>): unknown {
  return written === undefined || written === null ? over : isRecord(written) ? { ...written, ...over } : written;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
