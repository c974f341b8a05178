/** What the environment says. Nobody but this file reads `process.env`. */
export interface Environment {
  readonly configPath: string | undefined;
  readonly dataDir: string | undefined;
  readonly port: string | undefined;
  readonly logLevel: string | undefined;
  /** Registration files of application services. */
  readonly appserviceFiles: readonly string[];
  readonly cacheFactor: string | undefined;
  /** Factors of single caches, by the name as it stands in the variable. */
  readonly cacheFactors: Readonly<Record<string, string>>;
  /** Any variable, for `${NAME}` in the configuration file. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const factorPrefix = 'PLEXUS_CACHE_FACTOR_';

export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  return {
    configPath: variable('PLEXUS_CONFIG'),
    dataDir: variable('PLEXUS_DATA_DIR'),
    port: variable('PLEXUS_PORT'),
    logLevel: variable('PLEXUS_LOG_LEVEL'),
    appserviceFiles: (variable('PLEXUS_APPSERVICES') ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    cacheFactor: variable('PLEXUS_CACHE_FACTOR'),
    cacheFactors: Object.fromEntries(Object.entries(variables).flatMap(cacheFactor)),
    variables,
  };

  function variable(name: string): string | undefined {
    const value = variables[name];
    return value === undefined || value === '' ? undefined : value;
  }
}

function cacheFactor([name, value]: [string, string | undefined]): [string, string][] {
  if (!name.startsWith(factorPrefix) || value === undefined || value === '') return [];
  return [[name.slice(factorPrefix.length), value]];
}
