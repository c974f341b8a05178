import type { QueryKeysRequest } from '@plexus/matrix-api';
import { serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { CrossSigningUsage, DeviceKeysRecord, HostedServers, KeySignature } from '@plexus/storage';
import { publicKeyOf, showKeys, withSignatures } from '@plexus/user-keys';
import type { ShownKeys } from '@plexus/user-keys';
import type { KeyPorts } from './key-ports.ts';
import type { QueryRemoteKeys, RemoteKeys } from './query-remote-keys.ts';
import { splitByServer } from './split-by-server.ts';
import type { Failures } from './split-by-server.ts';

type KeysByUser = Readonly<Record<string, JsonObject>>;

export interface QueriedKeys {
  readonly failures: Failures;
  readonly device_keys: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly master_keys: KeysByUser;
  readonly self_signing_keys: KeysByUser;
  /** Of the requesting user only. */
  readonly user_signing_keys: KeysByUser;
}

export interface QueryKeysPorts {
  readonly stored: Pick<KeyPorts['stored'], 'find'>;
  readonly crossSigning: Pick<KeyPorts['crossSigning'], 'findSignatures'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteKeys: Pick<QueryRemoteKeys, 'execute'>;
}

/** So many users are looked up at once. */
const USERS_AT_ONCE = 200;

/** Finds the keys of users' devices and of their cross-signing (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery). */
export class QueryKeys {
  readonly #ports: QueryKeysPorts;

  constructor(ports: QueryKeysPorts) {
    this.#ports = ports;
  }

  /** Servers that do not answer are among the `failures`; users and devices that there are not are left out. */
  async execute(requester: Requester, request: QueryKeysRequest): Promise<QueriedKeys> {
    const { device_keys: asked } = request;
    const { hosted, elsewhere } = splitByServer(Object.keys(asked), this.#ports.servers);
    const asking = this.#ports.remoteKeys.execute(requester, { elsewhere, request });
    const [remote, shown] = await Promise.all([asking, this.#findHosted(requester, asked, hosted)]);
    const masterKeys = await this.#withOwnSignatures(requester, remote.masterKeys);
    const devices = shown.map(({ userId, devices: ofUser }) => [userId, Object.fromEntries(ofUser)] as const);
    return {
      failures: remote.failures,
      device_keys: Object.fromEntries([...devices, ...remote.deviceKeys]),
      master_keys: Object.fromEntries([...keysOf(shown, 'master'), ...masterKeys]),
      self_signing_keys: Object.fromEntries([...keysOf(shown, 'self_signing'), ...remote.selfSigningKeys]),
      user_signing_keys: Object.fromEntries(keysOf(shown, 'user_signing')),
    };
  }

  /** Their servers do not know what the requester has signed of them. */
  async #withOwnSignatures(
    { userId: viewer }: Requester,
    masterKeys: RemoteKeys['masterKeys'],
  ): Promise<RemoteKeys['masterKeys']> {
    if (masterKeys.length === 0) return masterKeys;
    const owners = masterKeys.map(([userId]) => userId);
    const signatures = Map.groupBy(
      await this.#ports.crossSigning.findSignatures(owners, viewer),
      ({ userId }) => userId,
    );
    return masterKeys.map(([userId, key]) => {
      const publicKey = publicKeyOf(key);
      const own = signatures.get(userId)?.filter(({ keyId }) => keyId === publicKey) ?? [];
      return [userId, withSignatures(key, own)];
    });
  }

  async #findHosted(
    requester: Requester,
    asked: QueryKeysRequest['device_keys'],
    hosted: readonly string[],
  ): Promise<ShownKeys[]> {
    const shown: ShownKeys[] = [];
    for (let first = 0; first < hosted.length; first += USERS_AT_ONCE)
      shown.push(...(await this.#find(requester, asked, hosted.slice(first, first + USERS_AT_ONCE))));
    return shown;
  }

  async #find(
    { userId: viewer, serverName }: Requester,
    asked: QueryKeysRequest['device_keys'],
    userIds: readonly string[],
  ): Promise<ShownKeys[]> {
    const [stored, signed] = await Promise.all([this.#ports.stored.find(userIds), this.#signedBy(viewer, userIds)]);
    return [...stored].map(([userId, { devices, keys, signatures }]) => {
      const wanted = devicesAsked(devices, asked[userId] ?? []);
      const found = {
        devices: serverNameOf(userId) === serverName ? wanted : wanted.map(withoutName),
        keys,
        signatures: [...signatures, ...signed],
      };
      return showKeys(userId, { viewer, found });
    });
  }

  /** What the viewer has signed of others' keys; their own signatures are among their keys. */
  async #signedBy(viewer: string, userIds: readonly string[]): Promise<KeySignature[]> {
    const others = userIds.filter((userId) => userId !== viewer);
    if (others.length === 0) return [];
    const signatures = await this.#ports.crossSigning.findSignatures(others, viewer);
    return signatures.filter(({ signerUserId }) => signerUserId === viewer);
  }
}

function devicesAsked(devices: readonly DeviceKeysRecord[], deviceIds: readonly string[]): readonly DeviceKeysRecord[] {
  return deviceIds.length === 0 ? devices : devices.filter(({ deviceId }) => deviceIds.includes(deviceId));
}

/** What a device is called is for users of the same server. */
function withoutName(device: DeviceKeysRecord): DeviceKeysRecord {
  return { ...device, displayName: undefined };
}

function keysOf(shown: readonly ShownKeys[], usage: CrossSigningUsage): [string, JsonObject][] {
  return shown.flatMap(({ userId, crossSigning }): [string, JsonObject][] => {
    const key = crossSigning.get(usage);
    return key === undefined ? [] : [[userId, key]];
  });
}
