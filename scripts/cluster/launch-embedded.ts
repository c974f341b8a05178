import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../../tests/support/servers/free-port.ts';
import { makeServerFolder } from '../../tests/support/servers/server-folder.ts';
import type { Deployment } from './deployment.ts';
import { prepareOperatorCommands } from './operator-command.ts';
import type { Settings } from './service-configuration.ts';
import { embeddedConfiguration, laboratorySettings } from './service-configuration.ts';
import { createServiceProcess } from './service-process.ts';

export interface EmbeddedOptions {
  readonly serverName?: string;
  readonly roomShards?: number;
  /** Serves TLS there too, with a certificate that nobody vouches for. */
  readonly tlsPort?: number;
  /** Further settings of the configuration file; the laboratory's where nothing is said. */
  readonly settings?: Settings;
}

/** Launches Plexus as one process with its own Postgres. Everything ends with this process, however it ends. */
export async function launchEmbedded(options: EmbeddedOptions = {}): Promise<Deployment> {
  const { serverName = 'localhost', roomShards = 16, tlsPort, settings = laboratorySettings } = options;
  const folder = await makeServerFolder('embedded');
  await chmod(folder, 0o755);
  const ports = { http: await findFreePort(), tls: tlsPort, grpc: 0, operation: await findFreePort() };
  const common = { servers: [{ server_name: serverName }], room_shards: roomShards, ...settings };
  const dataFolder = join(folder, 'data');
  const configuration = embeddedConfiguration(common, ports, dataFolder);
  const plexus = await createServiceProcess({
    name: 'plexus',
    service: 'plexus',
    url: `http://127.0.0.1:${ports.http}`,
    operationUrl: `http://127.0.0.1:${ports.operation}`,
    links: {},
    folder,
    configuration,
    alsoKill: KILL_POSTGRES,
  });
  const command = await prepareOperatorCommands(join(folder, 'operator.yaml'), configuration);
  await plexus.start().catch(async (error: unknown) => {
    await plexus.dispose();
    throw error;
  });
  return {
    mode: 'embedded',
    serverName,
    services: [plexus],
    backends: {},
    dataFolder,
    addresses: { postgres: `postgresql://plexus@${encodeURIComponent(join(dataFolder, 'postgres-socket'))}/plexus` },
    baseUrlFor: () => plexus.url,
    routesTo: () => ({ baseUrlFor: () => plexus.url }),
    processesOf: () => [plexus],
    command,
    dispose: () => plexus.dispose(),
  };
}

/** Where the process was killed, its Postgres may still run: the guard, whose second argument is the folder, ends it too. */
const KILL_POSTGRES = `find "$2" -name postmaster.pid -exec head -n 1 {} ';' | xargs -r kill -9`;
