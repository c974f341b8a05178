import { decodeBase64, ED25519_SEED_BYTES, isServerName, MatrixError } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { StartError } from '@plexus/service-shell';
import type {
  FormerKeys,
  HostedServer,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  HostedServerSettings,
} from '@plexus/storage';
import { checkFormerKeys } from './import-signing-keys.ts';
import type { FormerKey } from './import-signing-keys.ts';
import { newKeyId } from './new-key-id.ts';

/** A server of the configuration file. */
export interface ConfiguredServer {
  readonly serverName: string;
  readonly settings: HostedServerSettings;
  /** The text of a signing key file, imported when the server is added. */
  readonly signingKey: string | undefined;
  /** What it signed with on another homeserver. */
  readonly formerKeys: Readonly<Record<string, FormerKey>>;
}

type Servers = HostedServers & HostedServerKeys & HostedServerRepository;

/**
 * Makes the hosted servers those of the configuration file, as far as it names them: new ones are added, known ones get its settings. A server
 * that the file no longer names stays hosted and is from then on the admin API's.
 */
export class SeedServers {
  readonly #servers: Servers;
  readonly #random: RandomSource;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(servers: Servers, random: RandomSource, clock: Pick<Clock, 'now'>) {
    this.#servers = servers;
    this.#random = random;
    this.#clock = clock;
  }

  /** Returns the servers that the file no longer names. Throws `StartError` for a key that cannot be read. */
  async execute(configured: readonly ConfiguredServer[]): Promise<HostedServer[]> {
    for (const server of configured) await this.#seed(server);
    const names = new Set(configured.map(({ serverName }) => serverName));
    const dropped = this.#servers
      .list()
      .filter(({ origin, serverName }) => origin === 'configuration' && !names.has(serverName));
    for (const { serverName } of dropped) await this.#servers.changeServer(serverName, { origin: 'admin-api' });
    return dropped;
  }

  async #seed({ serverName, settings, signingKey, formerKeys }: ConfiguredServer): Promise<void> {
    if (!isServerName(serverName)) throw new StartError(`${serverName} is not a server name.`);
    if (!this.#servers.isHosted(serverName)) {
      const key = signingKey === undefined ? this.#newKey() : readKey(serverName, signingKey);
      await this.#servers.addServer({ serverName, settings, origin: 'configuration', ...key });
    }
    // Another process may have added it at the same time, from another file.
    await this.#servers.changeServer(serverName, { settings, origin: 'configuration' });
    await this.#importKeys(serverName, formerKeys);
  }

  /** @NOTE What is known already is not written: each start of each replica does this. */
  async #importKeys(serverName: string, given: ConfiguredServer['formerKeys']): Promise<void> {
    const known = new Map(this.#servers.listKeys(serverName)?.map((key) => [key.keyId, key]));
    const keys = readFormerKeys(serverName, given, this.#clock.now()).filter(
      ({ keyId, publicKey, expiredAt }) =>
        known.get(keyId)?.publicKey !== publicKey || known.get(keyId)?.retiredAt !== expiredAt,
    );
    if (keys.length > 0 && !(await this.#servers.importKeys({ serverName, keys })))
      throw new StartError(`Among the "old_signing_keys" of ${serverName} is one that it has made here.`);
  }

  #newKey(): { keyId: string; seed: Uint8Array } {
    return { keyId: newKeyId(this.#random), seed: this.#random.bytes(ED25519_SEED_BYTES) };
  }
}

const KEY_LINE = /^ed25519 ([A-Za-z0-9_]+) ([A-Za-z0-9+/]+={0,2})$/;

function readKey(serverName: string, text: string): { keyId: string; seed: Uint8Array } {
  const [, version, base64] = KEY_LINE.exec(text.trim()) ?? [];
  const seed = base64 === undefined ? undefined : decodeBase64(base64);
  if (version !== undefined && seed?.length === ED25519_SEED_BYTES) return { keyId: `ed25519:${version}`, seed };
  throw new StartError(`The signing key of ${serverName} is not one line "ed25519 <version> <base64 of 32 bytes>".`);
}

function readFormerKeys(serverName: string, given: ConfiguredServer['formerKeys'], now: number): FormerKeys['keys'] {
  try {
    return checkFormerKeys(given, now);
  } catch (error) {
    if (error instanceof MatrixError)
      throw new StartError(`The "old_signing_keys" of ${serverName}: ${error.message}.`, { cause: error });
    throw error;
  }
}
