import type { UploadKeysRequest } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
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
  return {
    ...owner,
    deviceKeys: identity && encodeSignedKey(identity),
    oneTimeKeys: readOneTimeKeys(oneTimeKeys),
    fallbackKeys: readFallbackKeys(fallbackKeys),
  };
}
