import type { ClaimKeysRequest } from '@plexus/matrix-api';
import type { JsonValue } from '@plexus/matrix-base';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import type { ClaimedKey, HostedServers, KeyClaim } from '@plexus/storage';
import type { KeyPorts } from './key-ports.ts';
import { splitByServer } from './split-by-server.ts';
import type { UsersByServer } from './split-by-server.ts';

type KeysByDevice = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;

export interface KeysToUse {
  readonly failures: UsersByServer['failures'];
  readonly one_time_keys: Readonly<Record<string, KeysByDevice>>;
}

export interface ClaimKeysPorts extends Pick<KeyPorts, 'deviceKeys' | 'keyCounts'> {
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** So many keys are claimed at once. */
const CLAIMS_AT_ONCE = 500;

/** Takes one-time keys of devices for sessions with them (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim). */
export class ClaimKeys {
  readonly #ports: ClaimKeysPorts;

  constructor(ports: ClaimKeysPorts) {
    this.#ports = ports;
  }

  /** Users of other servers are among the `failures`; devices that have no key left are left out. */
  async execute({ one_time_keys: asked }: ClaimKeysRequest): Promise<KeysToUse> {
    const { hosted, failures } = splitByServer(Object.keys(asked), this.#ports.servers);
    const claims = hosted.flatMap((userId) => claimsOf(userId, asked[userId] ?? {}));
    const claimed: ClaimedKey[] = [];
    for (let first = 0; first < claims.length; first += CLAIMS_AT_ONCE)
      claimed.push(...(await this.#claim(claims.slice(first, first + CLAIMS_AT_ONCE))));
    return { failures, one_time_keys: keysByUser(claimed) };
  }

  #claim(claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
    const { deviceKeys, keyCounts } = this.#ports;
    const counted = claims.map(({ userId, deviceId }) => deviceKeyCountsKey(userId, deviceId));
    return keyCounts.change(counted, () => deviceKeys.claimKeys(claims));
  }
}

/** No key is named with a zero byte, and Postgres takes none. */
function claimsOf(userId: string, devices: Readonly<Record<string, string>>): KeyClaim[] {
  const claims = Object.entries(devices).map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm }));
  return claims.filter(({ deviceId, algorithm }) => !deviceId.includes('\0') && !algorithm.includes('\0'));
}

function keysByUser(claimed: readonly ClaimedKey[]): KeysToUse['one_time_keys'] {
  const byUser = Map.groupBy(claimed, ({ userId }) => userId);
  return Object.fromEntries([...byUser].map(([userId, keys]) => [userId, keysByDevice(keys)]));
}

function keysByDevice(claimed: readonly ClaimedKey[]): KeysByDevice {
  return Object.fromEntries(
    claimed.map(({ deviceId, algorithm, keyId, key }) => [
      deviceId,
      { [`${algorithm}:${keyId}`]: JSON.parse(key) as JsonValue },
    ]),
  );
}
