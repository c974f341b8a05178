import type { DeviceKeys } from '@plexus/matrix-api';
import { MatrixError, verifyJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/**
 * Throws unless these are the identity keys of this device of this user, signed by the device's own Ed25519 key
 * (https://spec.matrix.org/v1.19/client-server-api/#uploading-keys).
 */
export function requireDeviceKeys(
  keys: DeviceKeys & JsonObject,
  owner: { readonly userId: string; readonly deviceId: string },
): void {
  if (keys.user_id !== owner.userId) throw invalid('The keys are of another user');
  if (keys.device_id !== owner.deviceId) throw invalid('The keys are of another device');
  const keyId = `ed25519:${owner.deviceId}`;
  const publicKey = Object.hasOwn(keys.keys, keyId) ? keys.keys[keyId] : undefined;
  if (publicKey === undefined) throw invalid(`The keys have no "${keyId}"`);
  const verified = verifyJson(keys, owner.userId, (_user, id) => (id === keyId ? publicKey : undefined));
  if (verified.outcome === 'ok') return;
  throw new MatrixError('M_INVALID_SIGNATURE', 400, 'The keys are not signed by the device');
}

function invalid(message: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, message);
}
