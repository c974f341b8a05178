import type { NamedCache } from '@plexus/cache';
import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import type { ClaimedKey, DeviceKeyCounts, DeviceKeyRepository, KeyClaim } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';

export interface ClaimKeysPorts {
  readonly deviceKeys: Pick<DeviceKeyRepository, 'claimKeys'>;
  /** By `deviceKeyCountsKey`. */
  readonly keyCounts: NamedCache<DeviceKeyCounts>;
}

type KeysByDevice = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;

/** So many keys are claimed at once. */
const CLAIMS_AT_ONCE = 500;

/** Takes one-time keys of the addressed server's users (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim). */
export class ClaimKeys {
  readonly #ports: ClaimKeysPorts;

  constructor(ports: ClaimKeysPorts) {
    this.#ports = ports;
  }

  /** Devices that have no key left are left out. */
  async execute(
    { destination }: Parties,
    asked: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ): Promise<{ readonly one_time_keys: Readonly<Record<string, KeysByDevice>> }> {
    const own = Object.entries(asked).filter(([userId]) => isUserId(userId) && serverNameOf(userId) === destination);
    const claims = own.flatMap(([userId, devices]) => claimsOf(userId, devices));
    const claimed: ClaimedKey[] = [];
    for (let first = 0; first < claims.length; first += CLAIMS_AT_ONCE)
      claimed.push(...(await this.#claim(claims.slice(first, first + CLAIMS_AT_ONCE))));
    const byUser = Map.groupBy(claimed, ({ userId }) => userId);
    return { one_time_keys: Object.fromEntries([...byUser].map(([userId, keys]) => [userId, keysByDevice(keys)])) };
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

function keysByDevice(claimed: readonly ClaimedKey[]): KeysByDevice {
  return Object.fromEntries(
    claimed.map(({ deviceId, algorithm, keyId, key }) => [
      deviceId,
      { [`${algorithm}:${keyId}`]: JSON.parse(key) as JsonValue },
    ]),
  );
}
