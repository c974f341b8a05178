import type { QueryKeysRequest } from '@plexus/matrix-api';
import { serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { CrossSigningUsage, DeviceKeysRecord, HostedServers, UserRepository } from '@plexus/storage';
import type { KeyPorts } from './key-ports.ts';
import { showKeys } from './show-keys.ts';
import type { ShownKeys } from './show-keys.ts';
import { splitByServer } from './split-by-server.ts';
import type { UsersByServer } from './split-by-server.ts';

type KeysByUser = Readonly<Record<string, JsonObject>>;

export interface QueriedKeys {
  readonly failures: UsersByServer['failures'];
  readonly device_keys: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly master_keys: KeysByUser;
  readonly self_signing_keys: KeysByUser;
  /** Of the requesting user only. */
  readonly user_signing_keys: KeysByUser;
}

export interface QueryKeysPorts extends Pick<KeyPorts, 'deviceKeys' | 'crossSigning'> {
  readonly users: Pick<UserRepository, 'findProfiles'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** So many users are looked up at once. */
const USERS_AT_ONCE = 200;

/** Finds the keys of users' devices and of their cross-signing (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery). */
export class QueryKeys {
  readonly #ports: QueryKeysPorts;

  constructor(ports: QueryKeysPorts) {
    this.#ports = ports;
  }

  /** Users of other servers are among the `failures`; users and devices that there are not are left out. */
  async execute(requester: Requester, { device_keys: asked }: QueryKeysRequest): Promise<QueriedKeys> {
    const { hosted, failures } = splitByServer(Object.keys(asked), this.#ports.servers);
    const shown: ShownKeys[] = [];
    for (let first = 0; first < hosted.length; first += USERS_AT_ONCE)
      shown.push(...(await this.#find(requester, asked, hosted.slice(first, first + USERS_AT_ONCE))));
    return {
      failures,
      device_keys: Object.fromEntries(shown.map(({ userId, devices }) => [userId, Object.fromEntries(devices)])),
      master_keys: keysOf(shown, 'master'),
      self_signing_keys: keysOf(shown, 'self_signing'),
      user_signing_keys: keysOf(shown, 'user_signing'),
    };
  }

  async #find(
    { userId: viewer, serverName }: Requester,
    asked: QueryKeysRequest['device_keys'],
    userIds: readonly string[],
  ): Promise<ShownKeys[]> {
    const { users, deviceKeys, crossSigning } = this.#ports;
    const queries = userIds.map((userId) => ({ userId, deviceIds: asked[userId] ?? [] }));
    const [profiles, devices, keys, signatures] = await Promise.all([
      users.findProfiles(userIds),
      deviceKeys.findDeviceKeys(queries.map(askable)),
      crossSigning.findCrossSigningKeys(userIds),
      crossSigning.findSignatures(userIds, viewer),
    ]);
    const named = devices.map((device) => (serverNameOf(device.userId) === serverName ? device : withoutName(device)));
    const found = { devices: named, keys, signatures };
    return userIds.filter((userId) => profiles.has(userId)).map((userId) => showKeys(userId, { viewer, found }));
  }
}

/** No device has an id with a zero byte, and Postgres takes none. */
function askable({ userId, deviceIds }: { userId: string; deviceIds: readonly string[] }): {
  userId: string;
  deviceIds: readonly string[];
} {
  return { userId, deviceIds: deviceIds.map((deviceId) => deviceId.replaceAll('\0', '\u{fffd}')) };
}

/** What a device is called is for users of the same server. */
function withoutName(device: DeviceKeysRecord): DeviceKeysRecord {
  return { ...device, displayName: undefined };
}

function keysOf(shown: readonly ShownKeys[], usage: CrossSigningUsage): KeysByUser {
  return Object.fromEntries(
    shown.flatMap(({ userId, crossSigning }) => {
      const key = crossSigning.get(usage);
      return key === undefined ? [] : [[userId, key]];
    }),
  );
}
