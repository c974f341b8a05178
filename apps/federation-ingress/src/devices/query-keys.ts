import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { CrossSigningUsage } from '@plexus/storage';
import { showKeys } from '@plexus/user-keys';
import type { ShownKeys, StoredUserKeys } from '@plexus/user-keys';
import type { Parties } from '../authentication/parties.ts';

export interface QueryKeysPorts {
  readonly storedKeys: Pick<StoredUserKeys, 'find'>;
}

type KeysByUser = Readonly<Record<string, JsonObject>>;

export interface QueriedKeys {
  readonly device_keys: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly master_keys: KeysByUser;
  readonly self_signing_keys: KeysByUser;
}

/** So many users are looked up at once. */
const USERS_AT_ONCE = 200;
/** Signatures that others made of a user's keys are for those others alone: this one is nobody. */
const NOBODY = '';

/** Keys of the addressed server's users (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery). */
export class QueryKeys {
  readonly #ports: QueryKeysPorts;

  constructor(ports: QueryKeysPorts) {
    this.#ports = ports;
  }

  /** Users and devices that there are not are left out. What a device is called stays here. */
  async execute({ destination }: Parties, asked: Readonly<Record<string, readonly string[]>>): Promise<QueriedKeys> {
    const userIds = Object.keys(asked).filter((userId) => isUserId(userId) && serverNameOf(userId) === destination);
    const shown: ShownKeys[] = [];
    for (let first = 0; first < userIds.length; first += USERS_AT_ONCE) {
      const some = userIds.slice(first, first + USERS_AT_ONCE);
      shown.push(...(await this.show(some, (userId) => asked[userId] ?? [])));
    }
    return {
      device_keys: Object.fromEntries(shown.map(({ userId, devices }) => [userId, Object.fromEntries(devices)])),
      master_keys: keysOf(shown, 'master'),
      self_signing_keys: keysOf(shown, 'self_signing'),
    };
  }

  /** What others see of users' keys; no device ids are all of them. */
  async show(
    userIds: readonly string[],
    deviceIdsOf: (userId: string) => readonly string[] = () => [],
  ): Promise<ShownKeys[]> {
    const stored = await this.#ports.storedKeys.find(userIds);
    return [...stored].map(([userId, { devices, keys, signatures }]) => {
      const asked = deviceIdsOf(userId);
      const wanted = asked.length === 0 ? devices : devices.filter(({ deviceId }) => asked.includes(deviceId));
      const found = { devices: wanted.map((device) => ({ ...device, displayName: undefined })), keys, signatures };
      return showKeys(userId, { viewer: NOBODY, found });
    });
  }
}

function keysOf(shown: readonly ShownKeys[], usage: CrossSigningUsage): KeysByUser {
  return Object.fromEntries(
    shown.flatMap(({ userId, crossSigning }) => {
      const key = crossSigning.get(usage);
      return key === undefined ? [] : [[userId, key]];
    }),
  );
}
