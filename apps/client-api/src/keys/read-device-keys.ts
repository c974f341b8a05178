import type { UploadKeysRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { MAX_KEYS_OF_DEVICE } from '@plexus/storage';
import type { NewDeviceKeys } from '@plexus/storage';
import { encodeSignedKey } from './encode-key.ts';
import { readFallbackKeys, readOneTimeKeys } from './read-one-time-keys.ts';
import { requireDeviceKeys } from './require-device-keys.ts';

/** All keys that were uploaded for a device, checked. Throws what is wrong with them. */
export function readDeviceKeys(
  owner: { readonly userId: string; readonly deviceId: string },
  { device_keys: deviceKeys, one_time_keys: oneTimeKeys, fallback_keys: fallbackKeys }: UploadKeysRequest,
): NewDeviceKeys {
  const identity = deviceKeys as (typeof deviceKeys & JsonObject) | undefined;
  if (identity !== undefined) requireDeviceKeys(identity, owner);
  const keys = { oneTimeKeys: readOneTimeKeys(oneTimeKeys), fallbackKeys: readFallbackKeys(fallbackKeys) };
  if (keys.oneTimeKeys.length + keys.fallbackKeys.length > MAX_KEYS_OF_DEVICE) throw tooManyKeys();
  return { ...owner, deviceKeys: identity && encodeSignedKey(identity), ...keys };
}

export function tooManyKeys(): MatrixError {
  return new MatrixError('M_TOO_LARGE', 413, `A device has at most ${MAX_KEYS_OF_DEVICE} unclaimed keys`);
}
