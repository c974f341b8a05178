import { encodeCanonicalJson, findNumber, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** What another server told of a change of its user's device list. `gap`: something of it is not known. */
export type RemoteDeviceUpdate =
  | {
      readonly kind: 'device';
      readonly deviceId: string;
      readonly streamId: number;
      readonly previousIds: readonly number[];
      /** Nothing of a device that is gone. */
      readonly device: { readonly keys: JsonObject | undefined; readonly displayName: string | undefined } | undefined;
    }
  | {
      readonly kind: 'signing-keys';
      readonly master: JsonObject | undefined;
      readonly selfSigning: JsonObject | undefined;
    }
  | { readonly kind: 'gap' };

/** Larger contents are not kept: the list is asked for anew. */
const MAX_BYTES = 65_536;

export const GAP_UPDATE = JSON.stringify({ kind: 'gap' });

/** The content of an `m.device_list_update` or `m.signing_key_update` as it is kept. */
export function encodeRemoteUpdate(kind: 'device' | 'signing-keys', content: JsonObject): string {
  const text = encodeCanonicalJson({ kind, content }, 'any');
  return Buffer.byteLength(text) > MAX_BYTES ? GAP_UPDATE : text;
}

/**
 * Reads what was kept (https://spec.matrix.org/v1.19/server-server-api/#device-management). What is not as the specification has it is a gap: something has
 * changed, and it is not known what.
 */
export function decodeRemoteUpdate(userId: string, text: string): RemoteDeviceUpdate {
  const parsed = parseJson(text);
  const stored = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
  const { kind, content } = stored;
  if (!isJsonObject(content)) return { kind: 'gap' };
  if (kind === 'device') return deviceUpdateOf(userId, content);
  return kind === 'signing-keys' ? signingKeysOf(userId, content) : { kind: 'gap' };
}

function deviceUpdateOf(userId: string, content: JsonObject): RemoteDeviceUpdate {
  const { device_id: deviceId, deleted, keys, device_display_name: displayName } = content;
  const streamId = findCount(content['stream_id']);
  const previousIds = idsOf(content['prev_id'] ?? []);
  if (typeof deviceId !== 'string' || streamId === undefined || previousIds === undefined) return { kind: 'gap' };
  const isGone = deleted === true;
  const isOwn = keys === undefined || isKeysOf(keys, { userId, deviceId });
  if (!isOwn && !isGone) return { kind: 'gap' };
  const device = {
    keys: isJsonObject(keys) ? keys : undefined,
    displayName: typeof displayName === 'string' ? displayName : undefined,
  };
  return { kind: 'device', deviceId, streamId, previousIds, device: isGone ? undefined : device };
}

function signingKeysOf(userId: string, { master_key: master, self_signing_key: own }: JsonObject): RemoteDeviceUpdate {
  const isGood = (key: JsonValue | undefined): boolean =>
    key === undefined || (isJsonObject(key) && key['user_id'] === userId);
  if (!isGood(master) || !isGood(own)) return { kind: 'gap' };
  return {
    kind: 'signing-keys',
    master: isJsonObject(master) ? master : undefined,
    selfSigning: isJsonObject(own) ? own : undefined,
  };
}

function isKeysOf(
  keys: JsonValue,
  { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
): boolean {
  return isJsonObject(keys) && keys['user_id'] === userId && keys['device_id'] === deviceId;
}

function idsOf(value: JsonValue): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.map((id) => findCount(id));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

function findCount(value: JsonValue | undefined): number | undefined {
  const number = findNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}
