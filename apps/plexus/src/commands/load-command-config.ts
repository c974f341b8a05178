import { loadConfig, SECTIONS_OF_ALL } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { CommonOptions } from './command-context.ts';

/** The configuration of a command, which needs no secrets but those that every service has: so it may run where any of them does. */
export function loadCommandConfig({ config }: CommonOptions): PlexusConfig {
  return loadConfig({ path: config, secretsOf: SECTIONS_OF_ALL });
}
