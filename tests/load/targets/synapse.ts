import { access, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { SYNAPSE } from '../../support/python/environments.ts';
import { openPythonEnvironment } from '../../support/python/python-environment.ts';
import { findFreePort } from '../../support/servers/free-port.ts';
import { createPostgres } from '../../support/servers/postgres.ts';
import { runCommand } from '../../support/servers/run-command.ts';
import { createServerProcess } from '../../support/servers/server-process.ts';
import { startBenchAppservice } from '../bench-appservice.ts';
import type { Target } from './target.ts';

const JEMALLOC = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2';

/** Synapse as an operator would run it on two cores: one process, jemalloc, larger caches, no rate limits, on its own Postgres. */
export async function startSynapse(): Promise<Target> {
  const python = await openPythonEnvironment(...SYNAPSE);
  const postgres = await createPostgres({ isDurable: true });
  await postgres.start();
  await createDatabase(postgres.address);
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'plexus-synapse-'));
  await writeFile(join(directory, 'log.yaml'), LOGGING);
  const appservice = await startBenchAppservice('bench');
  const settings = configuration(directory, port, new URL(postgres.address).port);
  await writeFile(join(directory, 'homeserver.yaml'), `${settings}app_service_config_files: [${appservice.file}]\n`);
  const config = join(directory, 'homeserver.yaml');
  await runCommand(python, ['-m', 'synapse.app.homeserver', '--config-path', config, '--generate-keys']);
  const preload = (await isThere(JEMALLOC)) ? [`LD_PRELOAD=${JEMALLOC}`] : [];
  const synapse = createServerProcess({
    name: 'Synapse',
    address: `http://127.0.0.1:${port}`,
    directory,
    isReady: () => answersVersions(port),
    run: () => ({
      command: 'env',
      args: [...preload, python, '-m', 'synapse.app.homeserver', '--config-path', config],
    }),
  });
  await synapse.start();
  return {
    name: 'Synapse',
    appservice,
    baseUrlFor: () => synapse.address,
    pids: () => [synapse.pid(), postgres.pid()].filter((pid) => pid !== undefined),
    async stop() {
      await synapse.dispose();
      await postgres.dispose();
      await appservice.stop();
    },
  };
}

async function createDatabase(address: string): Promise<void> {
  const client = new Client(address);
  await client.connect();
  await client.query("create database synapse encoding 'UTF8' locale 'C' template template0");
  await client.end();
}

const LOGGING = `version: 1
formatters: { plain: { format: '%(levelname)s %(message)s' } }
handlers: { console: { class: logging.StreamHandler, formatter: plain } }
root: { level: ERROR, handlers: [console] }
`;

const UNLIMITED = '{ per_second: 100000, burst_count: 100000 }';

function configuration(directory: string, port: number, postgresPort: string): string {
  return `server_name: bench.test
pid_file: ${directory}/synapse.pid
listeners:
  - { port: ${port}, bind_addresses: [127.0.0.1], type: http, x_forwarded: false, resources: [{ names: [client, federation] }] }
database:
  name: psycopg2
  args: { user: postgres, dbname: synapse, host: 127.0.0.1, port: ${postgresPort}, cp_min: 5, cp_max: 10 }
log_config: ${directory}/log.yaml
media_store_path: ${directory}/media
signing_key_path: ${directory}/signing.key
registration_shared_secret: bench
macaroon_secret_key: bench
form_secret: bench
report_stats: false
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
suppress_key_server_warning: true
trusted_key_servers: []
federation_verify_certificates: false
ip_range_blacklist: []
ip_range_whitelist: [127.0.0.0/8]
caches: { global_factor: 2.0 }
rc_message: ${UNLIMITED}
rc_registration: ${UNLIMITED}
rc_login: { address: ${UNLIMITED}, account: ${UNLIMITED}, failed_attempts: ${UNLIMITED} }
rc_joins: { local: ${UNLIMITED}, remote: ${UNLIMITED} }
rc_joins_per_room: ${UNLIMITED}
rc_invites: { per_room: ${UNLIMITED}, per_user: ${UNLIMITED}, per_issuer: ${UNLIMITED} }
rc_room_creation: ${UNLIMITED}
rc_federation: { window_size: 1000, sleep_limit: 100000, sleep_delay: 1, reject_limit: 100000, concurrent: 100 }
`;
}

async function answersVersions(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/_matrix/client/versions`).then(
    (response) => response.ok,
    () => false,
  );
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
