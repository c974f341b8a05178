import type { FederatedKeysResponse, QueryKeysRequest } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { queryUserKeys } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import { failureOf, patienceOf } from './split-by-server.ts';
import type { Failures } from './split-by-server.ts';

type ByUser<T> = readonly (readonly [userId: string, value: T])[];

/** Keys of other servers' users, as their servers gave them. */
export interface RemoteKeys {
  readonly failures: Failures;
  readonly deviceKeys: ByUser<Readonly<Record<string, JsonObject>>>;
  readonly masterKeys: ByUser<JsonObject>;
  readonly selfSigningKeys: ByUser<JsonObject>;
}

/**
 * Asks each of these servers for the keys of its users, all at once (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery).
 * What a server says of users that it was not asked for, or of devices under another name, is left out.
 */
export async function queryRemoteKeys(
  servers: Pick<RemoteServers, 'request'>,
  origin: string,
  {
    elsewhere,
    request,
  }: { readonly elsewhere: ReadonlyMap<string, readonly string[]>; readonly request: QueryKeysRequest },
): Promise<RemoteKeys> {
  const asked = [...elsewhere].map(async ([destination, userIds]) => {
    const deviceKeys = Object.fromEntries(userIds.map((userId) => [userId, request.device_keys[userId] ?? []]));
    const question = { deviceKeys, timeoutMs: patienceOf(request) };
    const answer = await queryUserKeys(servers, { origin, destination }, question);
    return answer.outcome === 'ok' ? keysOf(answer.value, userIds) : failed(destination, failureOf(answer));
  });
  const answers = await Promise.all(asked);
  return {
    failures: Object.assign({}, ...answers.map(({ failures }) => failures)),
    deviceKeys: answers.flatMap(({ deviceKeys }) => deviceKeys),
    masterKeys: answers.flatMap(({ masterKeys }) => masterKeys),
    selfSigningKeys: answers.flatMap(({ selfSigningKeys }) => selfSigningKeys),
  };
}

function failed(serverName: string, failure: JsonObject): RemoteKeys {
  return { failures: { [serverName]: failure }, deviceKeys: [], masterKeys: [], selfSigningKeys: [] };
}

function keysOf(answer: FederatedKeysResponse, userIds: readonly string[]): RemoteKeys {
  return {
    failures: {},
    deviceKeys: pick(answer.device_keys, userIds).map(([userId, devices]) => [userId, ownDevices(userId, devices)]),
    masterKeys: ownKeys(answer.master_keys, userIds),
    selfSigningKeys: ownKeys(answer.self_signing_keys, userIds),
  };
}

function pick<T>(byUser: Readonly<Record<string, T>>, userIds: readonly string[]): [string, T][] {
  return userIds.flatMap((userId): [string, T][] => {
    const value = Object.hasOwn(byUser, userId) ? byUser[userId] : undefined;
    return value === undefined ? [] : [[userId, value]];
  });
}

function ownDevices(
  userId: string,
  devices: Readonly<Record<string, JsonObject>>,
): Readonly<Record<string, JsonObject>> {
  const own = Object.entries(devices).filter(
    ([deviceId, keys]) => keys['user_id'] === userId && keys['device_id'] === deviceId,
  );
  return Object.fromEntries(own);
}

function ownKeys(
  byUser: Readonly<Record<string, JsonObject>> = {},
  userIds: readonly string[],
): [string, JsonObject][] {
  return pick(byUser, userIds).filter(([userId, key]) => key['user_id'] === userId);
}
