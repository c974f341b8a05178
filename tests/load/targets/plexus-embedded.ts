import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../support/servers/free-port.ts';
import { createServerProcess } from '../../support/servers/server-process.ts';
import { startBenchAppservice } from '../bench-appservice.ts';
import type { Target } from './target.ts';

export interface EmbeddedTarget extends Target {
  /** From the start of the process to its first answer, in milliseconds, on a data folder that exists already. */
  readonly startMs: number;
  /** Of the JavaScript process, when nothing has been asked of it yet. */
  readonly nodePid: number;
}

/** Plexus in one process with its embedded Postgres, in the laboratory configuration. */
export async function startPlexusEmbedded(): Promise<EmbeddedTarget> {
  const [port, tlsPort] = [await findFreePort(), await findFreePort()];
  const directory = await mkdtemp(join(tmpdir(), 'plexus-bench-'));
  const appservice = await startBenchAppservice('bench');
  const plexus = createServerProcess({
    name: 'Plexus',
    address: `http://127.0.0.1:${port}`,
    directory,
    isReady: () => answersVersions(port),
    run: () => ({
      command: 'env',
      args: [
        `PLEXUS_PORT=${port}`,
        `PLEXUS_TLS_PORT=${tlsPort}`,
        `PLEXUS_DATA_DIR=${directory}/data`,
        'PLEXUS_SERVER_NAME=bench.test',
        'PLEXUS_LOG_LEVEL=warn',
        `PLEXUS_APPSERVICES=${appservice.file}`,
        'sh',
        'scripts/start.sh',
        '--config',
        'config/lab.yaml',
      ],
    }),
  });
  await plexus.start();
  await plexus.stop();
  const begin = performance.now();
  await plexus.start();
  const startMs = performance.now() - begin;
  const nodePid = plexus.pid();
  if (nodePid === undefined) throw new Error('Plexus ended');
  return {
    name: 'Plexus, embedded',
    databaseUrl: `postgresql://plexus@${encodeURIComponent(join(directory, 'data', 'postgres-socket'))}/plexus`,
    appservice,
    startMs,
    nodePid,
    baseUrlFor: () => plexus.address,
    pids: () => [plexus.pid()].filter((pid) => pid !== undefined),
    async stop() {
      await plexus.dispose();
      await appservice.stop();
    },
  };
}

async function answersVersions(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/_matrix/client/versions`).then(
    (response) => response.ok,
    () => false,
  );
}
