import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { Registry } from 'prom-client';
import type { ConfigFollower } from '../config/config-follower.ts';
import type { Environment } from '../config/environment.ts';
import type { PlexusConfig } from '../config/plexus-config.ts';
import type { RootLogger } from '../logging/pino-logger.ts';
import type { ConfigGeneration } from '../metrics/config-generation.ts';
import type { Readiness } from '../metrics/readiness.ts';
import type { Shutdown } from '../shutdown/shutdown.ts';
import type { ServerUseMeter } from '../usage/server-use-meter.ts';
import type { TracedRows } from '../tracing/traced-rows.ts';

/** What the shell gives to the module of a service. */
export interface Shell {
  readonly config: PlexusConfig;
  readonly environment: Environment;
  /** Tells of changes of the configuration file; nothing where there is no file. */
  readonly configFollower: ConfigFollower | undefined;
  readonly configGeneration: ConfigGeneration;
  readonly logger: RootLogger;
  /** Where `telemetry.ts` registers its metrics. */
  readonly registry: Registry;
  readonly readiness: Readiness;
  readonly shutdown: Shutdown;
  /** What this process does for each hosted server. */
  readonly use: ServerUseMeter;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Rows of the room log that belong to a recorded trace. */
  readonly tracedRows: TracedRows;
}
