import { ED25519_SEED_BYTES, isServerName, MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { HostedServer, HostedServerRepository, HostedServers, HostedServerSettings } from '@plexus/storage';
import { requireUsableSettings } from './check-settings.ts';
import { newKeyId } from './new-key-id.ts';

/** Adds a hosted server, with a signing key of its own, while running. When this resolves, it can be used in every process. */
export class AddServer {
  readonly #servers: HostedServers & HostedServerRepository;
  readonly #random: RandomSource;

  constructor(servers: HostedServers & HostedServerRepository, random: RandomSource) {
    this.#servers = servers;
    this.#random = random;
  }

  /** Throws 400 for what is no server name or no setting, 409 for a server or an alias that is hosted already. */
  async execute(serverName: string, settings: HostedServerSettings): Promise<HostedServer> {
    if (!isServerName(serverName)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a server name');
    requireUsableSettings(this.#servers, serverName, settings);
    const seed = this.#random.bytes(ED25519_SEED_BYTES);
    const keyId = newKeyId(this.#random);
    const isAdded = await this.#servers.addServer({ serverName, settings, origin: 'admin-api', keyId, seed });
    await this.#servers.spread();
    const server = this.#servers.find(serverName);
    if (isAdded && server !== undefined) return server;
    throw new MatrixError('M_INVALID_PARAM', 409, `The server ${serverName} is hosted already`);
  }
}
