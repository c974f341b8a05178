import { LARGEST_CACHE_FACTOR } from '@plexus/cache';
import type { ConfigProblem } from './config-error.ts';
import type { Environment } from './environment.ts';
import { logLevels } from './sections/operation.ts';

/** What is wrong with the variables that stand for settings, by the name of the variable. */
export function checkEnvironment(environment: Environment): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { port, logLevel, cacheFactors } = environment;
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) <= 65_535)) {
    problems.push({ path: 'PLEXUS_PORT', reason: `must be a whole number from 0 to 65535, not "${port}"` });
  }
  if (logLevel !== undefined && !logLevels.some((known) => known === logLevel)) {
    problems.push({ path: 'PLEXUS_LOG_LEVEL', reason: `must be one of ${logLevels.join(', ')}, not "${logLevel}"` });
  }
  for (const { variable, factor } of cacheFactors) {
    if (!(/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(factor) && Number(factor) <= LARGEST_CACHE_FACTOR)) {
      const reason = `must be a number from 0 to ${LARGEST_CACHE_FACTOR}, not "${factor}"`;
      problems.push({ path: variable, reason });
    }
  }
  return problems;
}
