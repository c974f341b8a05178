import type { QueryKeysRequest } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteServers } from '@plexus/remote-servers';
import type { RemoteDeviceListRepository } from '@plexus/storage';
import type { KnownRemoteKeys, RemoteUserKeys } from '@plexus/user-keys';
import { fetchRemoteKeys } from './fetch-remote-keys.ts';
import type { Asking, FindListAnchors } from './find-list-anchors.ts';
import type { KnownDeviceLists } from './known-device-lists.ts';
import { failureOf, patienceOf } from './split-by-server.ts';
import type { Failures } from './split-by-server.ts';

export interface QueryRemoteKeysPorts {
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly lists: Pick<RemoteDeviceListRepository, 'track'>;
  readonly known: Pick<KnownDeviceLists, 'find' | 'keep'>;
  readonly anchors: Pick<FindListAnchors, 'find'>;
}

type ByUser<T> = readonly (readonly [userId: string, value: T])[];

/** Keys of other servers' users, as their servers gave them. */
export interface RemoteKeys {
  readonly failures: Failures;
  readonly deviceKeys: ByUser<Readonly<Record<string, JsonObject>>>;
  readonly masterKeys: ByUser<JsonObject>;
  readonly selfSigningKeys: ByUser<JsonObject>;
}

/** Users of other servers by their servers, and what is wanted of them. */
export interface RemoteKeysQuery {
  readonly elsewhere: ReadonlyMap<string, readonly string[]>;
  readonly request: QueryKeysRequest;
}

interface Fetched {
  readonly failures: Failures;
  readonly keys: readonly (readonly [string, KnownRemoteKeys])[];
}

/**
 * Finds keys of other servers' users: those that are known from before and followed since, and for the others their servers are asked, all at once.
 *
 * @NOTE Only of users with whom a room is shared do servers tell what changes: the list of any other user is asked for each time.
 */
export class QueryRemoteKeys {
  readonly #ports: QueryRemoteKeysPorts;

  constructor(ports: QueryRemoteKeysPorts) {
    this.#ports = ports;
  }

  async execute(asking: Asking, { elsewhere, request }: RemoteKeysQuery): Promise<RemoteKeys> {
    const all = [...elsewhere.values()].flat();
    const known = await this.#ports.known.find(all);
    const unknown = new Map(
      [...elsewhere].map(([server, userIds]) => [server, userIds.filter((userId) => !known.has(userId))] as const),
    );
    const fetched = await this.#fetch(asking, { elsewhere: unknown, request });
    const keys = new Map([...known, ...fetched.keys.map(([userId, given]) => [userId, given.keys] as const)]);
    const found = all.flatMap((userId): [string, RemoteUserKeys][] => {
      const ofUser = keys.get(userId);
      return ofUser === undefined ? [] : [[userId, ofUser]];
    });
    return {
      failures: fetched.failures,
      deviceKeys: found.map(([userId, { devices }]) => [userId, wantedOf(devices, request.device_keys[userId] ?? [])]),
      masterKeys: found.flatMap(([userId, { master }]) => (master === undefined ? [] : [[userId, master]])),
      selfSigningKeys: found.flatMap(([userId, { selfSigning: own }]) => (own === undefined ? [] : [[userId, own]])),
    };
  }

  async #fetch(asking: Asking, { elsewhere, request }: RemoteKeysQuery): Promise<Fetched> {
    const { lists, anchors, known } = this.#ports;
    const servers = [...elsewhere].filter(([, userIds]) => userIds.length > 0);
    if (servers.length === 0) return { failures: {}, keys: [] };
    const anchored = await anchors.find(
      asking,
      servers.flatMap(([, userIds]) => userIds),
    );
    const positions = await lists.track([...anchored.keys()]);
    const answers = await Promise.all(
      servers.map(([server, userIds]) => this.#ask(asking, server, { userIds, anchored, request })),
    );
    const keys = answers.flatMap((answer) => answer.keys);
    await known.keep(
      keys.flatMap(([userId, given]) => {
        const [anchor, includesUpTo] = [anchored.get(userId), positions.get(userId)];
        return anchor === undefined || includesUpTo === undefined ? [] : [{ userId, anchor, includesUpTo, ...given }];
      }),
    );
    return { failures: Object.assign({}, ...answers.map(({ failures }) => failures)), keys };
  }

  async #ask(
    { serverName: origin }: Asking,
    destination: string,
    {
      userIds,
      anchored,
      request,
    }: {
      readonly userIds: readonly string[];
      readonly anchored: ReadonlyMap<string, unknown>;
      readonly request: QueryKeysRequest;
    },
  ): Promise<Fetched> {
    const others = userIds.filter((userId) => !anchored.has(userId));
    const fetched = await fetchRemoteKeys(
      this.#ports.remoteServers,
      { origin, destination },
      {
        toFollow: userIds.filter((userId) => anchored.has(userId)),
        others: new Map(others.map((userId) => [userId, request.device_keys[userId] ?? []])),
        timeoutMs: patienceOf(request),
      },
    );
    if (fetched.outcome === 'ok') return { failures: {}, keys: [...fetched.keys] };
    return { failures: { [destination]: failureOf(fetched.because) }, keys: [] };
  }
}

/** No device ids are all of them. */
function wantedOf(
  devices: Readonly<Record<string, JsonObject>>,
  deviceIds: readonly string[],
): Readonly<Record<string, JsonObject>> {
  if (deviceIds.length === 0) return devices;
  return Object.fromEntries(Object.entries(devices).filter(([deviceId]) => deviceIds.includes(deviceId)));
}
