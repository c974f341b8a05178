import { ED25519_SEED_BYTES, MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { HostedServerKey, HostedServerKeys, HostedServerRepository, HostedServers } from '@plexus/storage';
import { requireServer } from './change-server.ts';
import { newKeyId } from './new-key-id.ts';

type Servers = HostedServers & HostedServerKeys & HostedServerRepository;

/**
 * Gives a hosted server another key to sign with. What a crash leaves in the middle, `AdvanceSigningKeys` takes further.
 *
 *     announced ──every process publishes it──► active ──every process has followed──► the key before it is retired
 */
export class RotateSigningKey {
  readonly #servers: Servers;
  readonly #random: RandomSource;

  constructor(servers: Servers, random: RandomSource) {
    this.#servers = servers;
    this.#random = random;
  }

  /** When this resolves, every process that can be reached signs with the new key. Throws 404 for a server that is not hosted here. */
  async execute(serverName: string): Promise<readonly HostedServerKey[]> {
    requireServer(this.#servers, serverName);
    const seed = this.#random.bytes(ED25519_SEED_BYTES);
    const next = await this.#servers.announceKey({ serverName, keyId: newKeyId(this.#random), seed });
    if (next === undefined) throw new MatrixError('M_UNKNOWN', 409, 'The key could not be made: ask again');
    await this.#servers.spread();
    await this.#servers.activateKeys({ serverName });
    await this.#servers.spread();
    return this.list(serverName);
  }

  /** The newest first. Throws 404 for a server that is not hosted here. */
  list(serverName: string): readonly HostedServerKey[] {
    requireServer(this.#servers, serverName);
    return this.#servers.listKeys(serverName) ?? [];
  }
}
