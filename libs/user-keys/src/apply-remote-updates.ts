import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteDeviceUpdate } from './remote-device-update.ts';

/** Keys of a user of another server, as that server gives them to others. */
export interface RemoteUserKeys {
  /** By device id. */
  readonly devices: Readonly<Record<string, JsonObject>>;
  readonly master?: JsonObject;
  readonly selfSigning?: JsonObject;
}

export interface KnownRemoteKeys {
  readonly keys: RemoteUserKeys;
  /** Of the last update that they include; nothing where they were given without. */
  readonly streamId: number | undefined;
}

/**
 * The keys with later changes (https://spec.matrix.org/v1.19/server-server-api/#device-management). Nothing where an update is missing: it follows one that
 * is not known, or it is not known which one it follows. Then the list has to be asked for anew.
 */
export function applyRemoteUpdates(
  known: KnownRemoteKeys,
  updates: readonly RemoteDeviceUpdate[],
): KnownRemoteKeys | undefined {
  let { keys, streamId } = known;
  for (const update of updates) {
    if (update.kind === 'gap') return undefined;
    if (update.kind === 'signing-keys') {
      keys = withSigningKeys(keys, update);
      continue;
    }
    if (streamId === undefined) return undefined;
    // It was in the list already when that was given.
    if (update.streamId <= streamId) continue;
    const last = streamId;
    if (update.previousIds.some((id) => id > last)) return undefined;
    keys = withDevice(keys, update);
    ({ streamId } = update);
  }
  return { keys, streamId };
}

/** Without a new self-signing key, one that an earlier master key signed is of no use. */
function withSigningKeys(
  keys: RemoteUserKeys,
  { master = keys.master, selfSigning }: Extract<RemoteDeviceUpdate, { kind: 'signing-keys' }>,
): RemoteUserKeys {
  const isSameMaster = textOf(master) === textOf(keys.master);
  const next = selfSigning ?? (isSameMaster ? keys.selfSigning : undefined);
  return {
    devices: keys.devices,
    ...(master !== undefined && { master }),
    ...(next !== undefined && { selfSigning: next }),
  };
}

function textOf(key: JsonObject | undefined): string {
  return key === undefined ? '' : encodeCanonicalJson(key, 'any');
}

/** A device without keys is not among them. */
function withDevice(
  keys: RemoteUserKeys,
  { deviceId, device }: Extract<RemoteDeviceUpdate, { kind: 'device' }>,
): RemoteUserKeys {
  const { [deviceId]: before, ...others } = keys.devices;
  const own = device === undefined ? undefined : (device.keys ?? before);
  if (own === undefined) return { ...keys, devices: others };
  return { ...keys, devices: { ...others, [deviceId]: named(own, device?.displayName) } };
}

/** As servers show what a device is called. */
export function named(keys: JsonObject, displayName: string | undefined): JsonObject {
  const { unsigned: _unsigned, ...rest } = keys;
  return displayName === undefined ? rest : { ...rest, unsigned: { device_display_name: displayName } };
}
