import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYNAPSE } from '../../support/python/environments.ts';
import { openPythonEnvironment } from '../../support/python/python-environment.ts';
import { findFreePort } from '../../support/servers/free-port.ts';
import { runCommand } from '../../support/servers/run-command.ts';
import { createServerProcess } from '../../support/servers/server-process.ts';
import type { TestServer } from '../../support/servers/server-process.ts';
import { makeSelfSigned } from '../../../libs/service-shell/src/tls/self-signed.ts';

/** A Synapse with SQLite that federates over TLS on the loopback interface; `address` is that of its Client-Server API. */
export interface SynapsePeer extends TestServer {
  readonly serverName: string;
}

export interface SynapsePeerPlace {
  readonly serverName: string;
  readonly port: number;
}

/** Makes one that trusts any certificate and connects to loopback addresses; other servers reach it at the port. It does not run yet. */
export async function createSynapsePeer({ serverName, port }: SynapsePeerPlace): Promise<SynapsePeer> {
  const python = await openPythonEnvironment(...SYNAPSE);
  const directory = await mkdtemp(join(tmpdir(), 'plexus-synapse-peer-'));
  const ports = { client: await findFreePort(), federation: port };
  const { pem } = await makeSelfSigned(['127.0.0.1']);
  await writeFile(join(directory, 'cert.pem'), pem.cert);
  await writeFile(join(directory, 'key.pem'), pem.key);
  await writeFile(join(directory, 'log.yaml'), LOGGING);
  const config = join(directory, 'homeserver.yaml');
  await writeFile(config, configuration(directory, serverName, ports));
  await runCommand(python, ['-m', 'synapse.app.homeserver', '--config-path', config, '--generate-keys']);
  const server = createServerProcess({
    name: 'Synapse',
    address: `http://127.0.0.1:${ports.client}`,
    directory,
    isReady: () => answersVersions(ports.client),
    run: () => ({ command: python, args: ['-m', 'synapse.app.homeserver', '--config-path', config] }),
  });
  return { ...server, serverName };
}

const LOGGING = `version: 1
formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } }
handlers: { console: { class: logging.StreamHandler, formatter: plain } }
root: { level: WARNING, handlers: [console] }
`;

const UNLIMITED = '{ per_second: 100000, burst_count: 100000 }';

function configuration(
  directory: string,
  serverName: string,
  ports: { readonly client: number; readonly federation: number },
): string {
  const secret = createHash('sha256').update(serverName).digest('hex');
  return `server_name: '${serverName}'
pid_file: ${directory}/synapse.pid
listeners:
  - { port: ${ports.client}, bind_addresses: [127.0.0.1], type: http, x_forwarded: false, resources: [{ names: [client] }] }
  - { port: ${ports.federation}, bind_addresses: [127.0.0.1], type: http, tls: true, resources: [{ names: [federation, keys] }] }
tls_certificate_path: ${directory}/cert.pem
tls_private_key_path: ${directory}/key.pem
database: { name: sqlite3, args: { database: ${directory}/synapse.db } }
log_config: ${directory}/log.yaml
media_store_path: ${directory}/media
signing_key_path: ${directory}/signing.key
registration_shared_secret: '${secret}'
macaroon_secret_key: '${secret}'
form_secret: '${secret}'
report_stats: false
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
suppress_key_server_warning: true
trusted_key_servers: []
federation_verify_certificates: false
ip_range_blacklist: []
ip_range_whitelist: [127.0.0.0/8, '::1/128']
allow_public_rooms_over_federation: true
allow_public_rooms_without_auth: true
room_list_publication_rules: [{ action: allow }]
federation:
  destination_min_retry_interval: 1s
  destination_max_retry_interval: 2s
  destination_retry_multiplier: 1
  client_timeout: 20s
  max_long_retries: 1
  max_short_retries: 1
  max_long_retry_delay: 1s
  max_short_retry_delay: 1s
caches: { sync_response_cache_duration: 1 }
presence: { enabled: true }
rc_message: ${UNLIMITED}
rc_presence: { per_user: ${UNLIMITED} }
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
