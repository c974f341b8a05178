import type { FederatedKeysResponse, UserDevicesResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { queryUserKeys, userDevices } from '@plexus/remote-servers';
import type { NoAnswer, RemoteServers, ServerPair } from '@plexus/remote-servers';
import { named } from '@plexus/user-keys';
import type { KnownRemoteKeys, RemoteUserKeys } from '@plexus/user-keys';

/** What a server is asked for. */
export interface AskedUsers {
  /** Users whose whole lists are wanted, to be followed from then on. */
  readonly toFollow: readonly string[];
  /** Further users, and the devices that are wanted of them; none: all. */
  readonly others: ReadonlyMap<string, readonly string[]>;
  readonly timeoutMs: number;
}

export type FetchedKeys =
  | { readonly outcome: 'ok'; readonly keys: ReadonlyMap<string, KnownRemoteKeys> }
  | { readonly outcome: 'failed'; readonly because: NoAnswer };

/** Lists of so few users are asked for one by one: then they come with a number from which they can be followed. */
const MOST_SINGLE = 3;

/**
 * Asks a server for its users' keys (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid,
 * https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery). What it says of users that it was not asked for, or of devices
 * under another name, is left out.
 */
export async function fetchRemoteKeys(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { toFollow, others, timeoutMs }: AskedUsers,
): Promise<FetchedKeys> {
  const singly = toFollow.length <= MOST_SINGLE ? toFollow : [];
  const answers = await Promise.all(singly.map((userId) => userDevices(servers, pair, userId)));
  const unreached = answers.find(({ outcome }) => outcome === 'unreachable');
  if (unreached !== undefined && unreached.outcome !== 'ok') return { outcome: 'failed', because: unreached };
  const keys = new Map<string, KnownRemoteKeys>();
  for (const [index, userId] of singly.entries()) {
    const answer = answers[index];
    if (answer?.outcome === 'ok' && answer.value.user_id === userId)
      keys.set(userId, keysOfDevices(userId, answer.value));
  }
  const rest = [...toFollow.filter((userId) => !keys.has(userId)).map((userId) => [userId, []] as const), ...others];
  if (rest.length === 0) return { outcome: 'ok', keys };
  const answer = await queryUserKeys(servers, pair, { deviceKeys: Object.fromEntries(rest), timeoutMs });
  if (answer.outcome !== 'ok') return { outcome: 'failed', because: answer };
  for (const [userId] of rest) keys.set(userId, { keys: keysOfAnswer(userId, answer.value), streamId: undefined });
  return { outcome: 'ok', keys };
}

function keysOfDevices(userId: string, answer: UserDevicesResponse): KnownRemoteKeys {
  const devices = answer.devices
    .filter(({ device_id: deviceId, keys }) => isKeysOf(keys, { userId, deviceId }))
    .map(({ device_id: deviceId, keys, device_display_name: name }) => [deviceId, named(keys, name)] as const);
  const { master_key: master, self_signing_key: selfSigning, stream_id: streamId } = answer;
  return { keys: { devices: Object.fromEntries(devices), ...signingKeys(userId, { master, selfSigning }) }, streamId };
}

function keysOfAnswer(userId: string, answer: FederatedKeysResponse): RemoteUserKeys {
  const devices = Object.entries(findOwn(answer.device_keys, userId) ?? {}).filter(([deviceId, keys]) => {
    return isKeysOf(keys, { userId, deviceId });
  });
  const [master, selfSigning] = [findOwn(answer.master_keys, userId), findOwn(answer.self_signing_keys, userId)];
  return { devices: Object.fromEntries(devices), ...signingKeys(userId, { master, selfSigning }) };
}

function isKeysOf(
  keys: JsonObject,
  { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
): boolean {
  return keys['user_id'] === userId && keys['device_id'] === deviceId;
}

function signingKeys(
  userId: string,
  { master, selfSigning }: { readonly master: JsonObject | undefined; readonly selfSigning: JsonObject | undefined },
): Pick<RemoteUserKeys, 'master' | 'selfSigning'> {
  return {
    ...(master?.['user_id'] === userId && { master }),
    ...(selfSigning?.['user_id'] === userId && { selfSigning }),
  };
}

function findOwn<T>(byUser: Readonly<Record<string, T>> = {}, userId: string): T | undefined {
  return Object.hasOwn(byUser, userId) ? byUser[userId] : undefined;
}
