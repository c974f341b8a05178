import { MatrixError, signJson } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { HostedServerKey, HostedServerKeys, HostedServers } from '@plexus/storage';
import { findAddressedServer } from '../authentication/find-addressed-server.ts';

const VALID_MS = 24 * 3_600_000;

/** The public keys of a hosted server, signed by it (https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server). */
export class PublishServerKeys {
  readonly #servers: HostedServers & HostedServerKeys;
  readonly #clock: Clock;

  constructor(servers: HostedServers & HostedServerKeys, clock: Clock) {
    this.#servers = servers;
    this.#clock = clock;
  }

  /** The hosted server that answers at a `Host`. Throws 404 where it cannot be told. */
  requireServerAt(host: string | undefined): string {
    const server = findAddressedServer(this.#servers, host);
    if (server !== undefined) return server.serverName;
    throw new MatrixError('M_NOT_FOUND', 404, 'No server is hosted under this name');
  }

  /** Nothing where the server is not hosted here. What is announced is among the keys in use: others know it before they meet it. */
  execute(serverName: string): JsonObject | undefined {
    const [keys, signingKey] = [this.#servers.listKeys(serverName), this.#servers.findSigningKey(serverName)];
    if (keys === undefined || signingKey === undefined) return undefined;
    const document = {
      server_name: serverName,
      verify_keys: Object.fromEntries(keys.flatMap(inUse)),
      old_verify_keys: Object.fromEntries(keys.flatMap(retired)),
      valid_until_ts: this.#clock.now() + VALID_MS,
    };
    return signJson(document, serverName, signingKey);
  }
}

function inUse({ keyId, publicKey, retiredAt }: HostedServerKey): [string, JsonObject][] {
  return retiredAt === undefined ? [[keyId, { key: publicKey }]] : [];
}

function retired({ keyId, publicKey, retiredAt }: HostedServerKey): [string, JsonObject][] {
  return retiredAt === undefined ? [] : [[keyId, { key: publicKey, expired_ts: retiredAt }]];
}
