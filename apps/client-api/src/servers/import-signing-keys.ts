import { decodeBase64, encodeBase64, MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type {
  FormerKeys,
  HostedServerKey,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
} from '@plexus/storage';
import { requireServer } from './change-server.ts';

/** A key as its server published it: what `old_verify_keys` says of it. */
export interface FormerKey {
  readonly key: string;
  readonly expired_ts: number;
}

const KEY_ID = /^ed25519:[A-Za-z0-9_]{1,200}$/;
const KEY_BYTES = 32;
const LAST_MOMENT = 8.64e15;

/**
 * Takes on the keys that a hosted server signed with on another homeserver. They are published as `old_verify_keys`
 * (https://spec.matrix.org/v1.19/server-server-api/#publishing-keys) and believed here for what was signed before they expired; nothing is signed with them.
 */
export class ImportSigningKeys {
  readonly #servers: HostedServers & HostedServerKeys & HostedServerRepository;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(servers: HostedServers & HostedServerKeys & HostedServerRepository, clock: Pick<Clock, 'now'>) {
    this.#servers = servers;
    this.#clock = clock;
  }

  /**
   * When this resolves, every process knows them. Throws 404 for a server that is not hosted here, 400 for a key that is none or has not expired, 409 for one
   * that was made here.
   */
  async execute(serverName: string, given: Readonly<Record<string, FormerKey>>): Promise<readonly HostedServerKey[]> {
    requireServer(this.#servers, serverName);
    const keys = checkFormerKeys(given, this.#clock.now());
    const own = this.#servers.listKeys(serverName) ?? [];
    const clash = keys.find(({ keyId }) => own.some((key) => key.keyId === keyId && !isFormer(key)));
    if (clash !== undefined || !(await this.#servers.importKeys({ serverName, keys })))
      throw new MatrixError('M_INVALID_PARAM', 409, `${clash?.keyId ?? 'One of the keys'} was made here`);
    await this.#servers.spread();
    return this.#servers.listKeys(serverName) ?? [];
  }
}

/** Throws 400 for a key that is none, or has not expired. */
export function checkFormerKeys(given: Readonly<Record<string, FormerKey>>, now: number): FormerKeys['keys'] {
  return Object.entries(given).map(([keyId, { key, expired_ts: expiredAt }]) => {
    const bytes = decodeBase64(key);
    if (!KEY_ID.test(keyId)) throw refuseKey(`"${keyId}" is no id of an Ed25519 key`);
    if (bytes?.length !== KEY_BYTES) throw refuseKey(`${keyId} is not the Base64 of ${KEY_BYTES} bytes`);
    if (!Number.isInteger(expiredAt) || expiredAt < 0 || expiredAt > Math.min(now, LAST_MOMENT))
      throw refuseKey(`${keyId} has not expired: "expired_ts" is when nobody signed with it any more, in milliseconds`);
    return { keyId, publicKey: encodeBase64(bytes), expiredAt };
  });
}

function isFormer({ activeSince, retiredAt }: HostedServerKey): boolean {
  return activeSince === undefined && retiredAt !== undefined;
}

function refuseKey(because: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, because);
}
