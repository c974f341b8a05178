/** What the environment says. Nobody but this file reads `process.env`. */
export interface Environment {
  readonly configPath: string | undefined;
  readonly dataDir: string | undefined;
  readonly port: string | undefined;
  readonly logLevel: string | undefined;
  /** Registration files of application services. */
  readonly appserviceFiles: readonly string[];
  /** Factors of the caches. */
  readonly cacheFactors: readonly CacheFactorVariable[];
  /** Any variable, for `${NAME}` in the configuration file. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface CacheFactorVariable {
  readonly variable: string;
  /** As it stands in the variable; nothing: of all caches without a factor of their own. */
  readonly cache: string | undefined;
  readonly factor: string;
}

const factorVariables = ['SYNAPSE_CACHE_FACTOR', 'PLEXUS_CACHE_FACTOR'];

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
    cacheFactors: factorVariables.flatMap((prefix) => cacheFactorsOf(prefix, variables)),
    variables,
  };

  function variable(name: string): string | undefined {
    const value = variables[name];
    return value === undefined || value === '' ? undefined : value;
  }
}

function cacheFactorsOf(prefix: string, variables: Environment['variables']): CacheFactorVariable[] {
  return Object.entries(variables).flatMap(([variable, factor]): CacheFactorVariable[] => {
    if (factor === undefined || factor === '') return [];
    if (variable === prefix) return [{ variable, cache: undefined, factor }];
    return variable.startsWith(`${prefix}_`) ? [{ variable, cache: variable.slice(prefix.length + 1), factor }] : [];
  });
}
