import { encodeCanonicalJson, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteDeviceList, RemoteDeviceListRepository, StoredRemoteDeviceList } from '@plexus/storage';
import { applyRemoteUpdates, decodeRemoteUpdate } from '@plexus/user-keys';
import type { KnownRemoteKeys, RemoteUserKeys } from '@plexus/user-keys';
import type { FindListAnchors } from './find-list-anchors.ts';

export interface KnownDeviceListsPorts {
  readonly lists: RemoteDeviceListRepository;
  readonly anchors: Pick<FindListAnchors, 'findHeld'>;
}

/** A larger list is asked for each time. */
const MAX_BYTES = 1024 * 1024;

/**
 * Device lists of other servers' users that were asked for before and followed since
 * (https://spec.matrix.org/v1.19/server-server-api/#device-management).
 */
export class KnownDeviceLists {
  readonly #ports: KnownDeviceListsPorts;

  constructor(ports: KnownDeviceListsPorts) {
    this.#ports = ports;
  }

  /** Of those users whose lists are as they are now, as far as their servers have told. */
  async find(userIds: readonly string[]): Promise<Map<string, RemoteUserKeys>> {
    const { lists, anchors } = this.#ports;
    const stored = await lists.findLists(userIds);
    const held = await anchors.findHeld(new Map(stored.map(({ userId, anchor }) => [userId, anchor])));
    const known = new Map<string, RemoteUserKeys>();
    const changed: RemoteDeviceList[] = [];
    for (const list of stored) {
      const upToDate = held.has(list.userId) ? bringUpToDate(list) : undefined;
      if (upToDate === undefined) continue;
      known.set(list.userId, upToDate.keys);
      if (list.updates.length > 0) changed.push(listOf({ ...list, includesUpTo: list.lastChange }, upToDate));
    }
    await lists.storeLists(changed.filter(isSmall));
    return known;
  }

  /** Keeps lists as they were given after the users were tracked. */
  async keep(
    given: readonly (Pick<RemoteDeviceList, 'userId' | 'includesUpTo' | 'anchor'> & KnownRemoteKeys)[],
  ): Promise<void> {
    await this.#ports.lists.storeLists(given.map((list) => listOf(list, list)).filter(isSmall));
  }
}

function listOf(
  { userId, includesUpTo, anchor }: Pick<RemoteDeviceList, 'userId' | 'includesUpTo' | 'anchor'>,
  { keys, streamId }: KnownRemoteKeys,
): RemoteDeviceList {
  return { userId, includesUpTo, anchor, streamId, keys: encodeKeys(keys) };
}

function isSmall({ keys }: RemoteDeviceList): boolean {
  return Buffer.byteLength(keys) <= MAX_BYTES;
}

function encodeKeys({ devices, master, selfSigning }: RemoteUserKeys): string {
  const signing = { ...(master !== undefined && { master }), ...(selfSigning !== undefined && { selfSigning }) };
  return encodeCanonicalJson({ devices: { ...devices }, ...signing }, 'any');
}

/** Nothing where something of what changed is not known. */
function bringUpToDate(list: StoredRemoteDeviceList): KnownRemoteKeys | undefined {
  const { userId, updates, lastChange, includesUpTo, streamId } = list;
  if (lastChange > (updates.at(-1)?.position ?? includesUpTo)) return undefined;
  const keys = parseKeys(list.keys);
  return (
    keys &&
    applyRemoteUpdates(
      { keys, streamId },
      updates.map(({ content }) => decodeRemoteUpdate(userId, content)),
    )
  );
}

function parseKeys(text: string): RemoteUserKeys | undefined {
  const parsed = parseJson(text);
  if (parsed.outcome !== 'ok' || !isJsonObject(parsed.value)) return undefined;
  const { devices, master, selfSigning } = parsed.value;
  if (!isJsonObject(devices)) return undefined;
  const own = Object.entries(devices).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
  return {
    devices: Object.fromEntries(own),
    ...(isJsonObject(master) && { master }),
    ...(isJsonObject(selfSigning) && { selfSigning }),
  };
}
