import { SigningKey } from '@plexus/matrix-base';
import type {
  HostedServer,
  HostedServerChange,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NewHostedServer,
} from '@plexus/storage';

/** The hosted servers in memory. */
export class FakeHostedServers implements HostedServers, HostedServerKeys, HostedServerRepository {
  readonly #servers = new Map<string, HostedServer>();
  readonly #keys = new Map<string, SigningKey>();

  /** Active servers with a key each. */
  constructor(serverNames: readonly string[] = []) {
    for (const [index, serverName] of serverNames.entries()) {
      this.#add({
        serverName,
        settings: {},
        origin: 'configuration',
        keyId: 'ed25519:1',
        seed: Buffer.alloc(32, index + 1),
      });
    }
  }

  find(serverName: string): HostedServer | undefined {
    return this.#servers.get(serverName);
  }

  isHosted(serverName: string): boolean {
    return this.#servers.has(serverName);
  }

  list(): readonly HostedServer[] {
    return [...this.#servers.values()].sort((a, b) => (a.serverName < b.serverName ? -1 : 1));
  }

  findSigningKey(serverName: string): SigningKey | undefined {
    return this.#keys.get(serverName);
  }

  async addServer(server: NewHostedServer): Promise<boolean> {
    if (this.#servers.has(server.serverName)) return false;
    this.#add(server);
    return true;
  }

  async changeServer(serverName: string, change: HostedServerChange): Promise<HostedServer | undefined> {
    const server = this.#servers.get(serverName);
    if (server === undefined) return undefined;
    const changed = { ...server, ...change };
    const isSame = JSON.stringify(changed) === JSON.stringify(server);
    this.#servers.set(serverName, isSame ? server : { ...changed, version: server.version + 1 });
    return this.#servers.get(serverName);
  }

  async spread(): Promise<void> {}

  /** What the removal of a server does in the end. */
  remove(serverName: string): void {
    this.#servers.delete(serverName);
    this.#keys.delete(serverName);
  }

  #add({ serverName, settings, origin, keyId, seed }: NewHostedServer): void {
    this.#servers.set(serverName, { serverName, settings, origin, status: 'active', version: 1, createdAt: 0 });
    this.#keys.set(serverName, new SigningKey(keyId, seed));
  }
}
