import { SigningKey } from '@plexus/matrix-base';
import type {
  FormerKeys,
  HostedServer,
  HostedServerChange,
  HostedServerKey,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NewHostedServer,
} from '@plexus/storage';

interface FakeKey {
  readonly key: SigningKey;
  readonly announcedAt: number;
  readonly activeSince: number | undefined;
  readonly retiredAt: number | undefined;
}

/** The hosted servers in memory; `now` counts milliseconds as Postgres's clock would. */
export class FakeHostedServers implements HostedServers, HostedServerKeys, HostedServerRepository {
  readonly #servers = new Map<string, HostedServer>();
  readonly #keys = new Map<string, readonly FakeKey[]>();
  readonly #former = new Map<string, FormerKeys['keys']>();
  now = 1_000;

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
    return this.#keys.get(serverName)?.find((one) => one.activeSince !== undefined && one.retiredAt === undefined)?.key;
  }

  listKeys(serverName: string): readonly HostedServerKey[] | undefined {
    const own = this.#keys.get(serverName)?.map(({ key, activeSince, retiredAt }) => ({
      keyId: key.keyId,
      publicKey: key.publicKey,
      ...(activeSince !== undefined && { activeSince }),
      ...(retiredAt !== undefined && { retiredAt }),
    }));
    const former = this.#former.get(serverName) ?? [];
    return own && [...own, ...former.map(({ expiredAt, ...key }) => ({ ...key, retiredAt: expiredAt }))];
  }

  async importKeys({ serverName, keys }: FormerKeys): Promise<boolean> {
    const own = this.#keys.get(serverName);
    const foreign = keys.filter(({ keyId }) => own?.every(({ key }) => key.keyId !== keyId) === true);
    const imported = [...(this.#former.get(serverName) ?? []), ...foreign].map((key) => [key.keyId, key] as const);
    const newestFirst = [...new Map(imported).values()].sort((a, b) => b.expiredAt - a.expiredAt);
    if (own !== undefined) this.#former.set(serverName, newestFirst);
    return foreign.length === keys.length;
  }

  async announceKey({
    serverName,
    keyId,
    seed,
  }: Parameters<HostedServerRepository['announceKey']>[0]): Promise<string | undefined> {
    const keys = this.#keys.get(serverName);
    if (keys === undefined) return undefined;
    const next = keys.find(({ activeSince }) => activeSince === undefined);
    if (next !== undefined) return next.key.keyId;
    if (this.listKeys(serverName)?.some((key) => key.keyId === keyId) === true) return undefined;
    const added = { announcedAt: this.now, activeSince: undefined, retiredAt: undefined };
    this.#keys.set(serverName, [{ key: new SigningKey(keyId, seed), ...added }, ...keys]);
    return keyId;
  }

  async activateKeys(which: Parameters<HostedServerRepository['activateKeys']>[0]): Promise<number> {
    return this.#changeKeys((key, { serverName }) => {
      const isMeant =
        'serverName' in which ? serverName === which.serverName : key.announcedAt < this.now - which.announcedMs;
      return isMeant && key.activeSince === undefined ? { ...key, activeSince: this.now } : key;
    });
  }

  async retireKeys(replacedMs: number): Promise<number> {
    return this.#changeKeys((key, { keys }) => {
      const { activeSince, retiredAt } = key;
      if (activeSince === undefined || retiredAt !== undefined) return key;
      const isReplaced = keys.some(
        ({ activeSince: since = 0 }) => since > activeSince && since < this.now - replacedMs,
      );
      return isReplaced ? { ...key, retiredAt: this.now } : key;
    });
  }

  #changeKeys(
    change: (key: FakeKey, of: { readonly serverName: string; readonly keys: readonly FakeKey[] }) => FakeKey,
  ): number {
    let count = 0;
    for (const [serverName, keys] of this.#keys) {
      const changed = keys.map((key) => change(key, { serverName, keys }));
      count += changed.filter((key, index) => key !== keys[index]).length;
      this.#keys.set(serverName, changed);
    }
    return count;
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
    this.#former.delete(serverName);
  }

  #add({ serverName, settings, origin, keyId, seed }: NewHostedServer): void {
    this.#servers.set(serverName, { serverName, settings, origin, status: 'active', version: 1, createdAt: this.now });
    const key = { key: new SigningKey(keyId, seed), announcedAt: 0, activeSince: 0, retiredAt: undefined };
    this.#keys.set(serverName, [key]);
  }
}
