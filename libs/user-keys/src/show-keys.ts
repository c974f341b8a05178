import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { CrossSigningKeyRecord, CrossSigningUsage, DeviceKeysRecord, KeySignature } from '@plexus/storage';

/** A user's keys as a viewer gets them. */
export interface ShownKeys {
  readonly userId: string;
  readonly devices: ReadonlyMap<string, JsonObject>;
  readonly crossSigning: ReadonlyMap<CrossSigningUsage, JsonObject>;
}

/** What is known of some users; signatures are those that the viewer may see. */
export interface FoundKeys {
  readonly devices: readonly DeviceKeysRecord[];
  readonly keys: readonly CrossSigningKeyRecord[];
  readonly signatures: readonly KeySignature[];
}

/**
 * A user's keys with the signatures that were uploaded for them
 * (https://spec.matrix.org/v1.19/client-server-api/#key-and-signature-security). The user-signing key is for its owner alone.
 */
export function showKeys(
  userId: string,
  { viewer, found }: { readonly viewer: string; readonly found: FoundKeys },
): ShownKeys {
  const signatures = Map.groupBy(
    found.signatures.filter((signature) => signature.userId === userId),
    ({ keyId }) => keyId,
  );
  const devices = found.devices.filter((device) => device.userId === userId);
  const keys = found.keys.filter((key) => key.userId === userId && (key.usage !== 'user_signing' || userId === viewer));
  return {
    userId,
    devices: new Map(
      devices.map((device) => [device.deviceId, showDevice(device, signatures.get(device.deviceId) ?? [])]),
    ),
    crossSigning: new Map(
      keys.map(({ usage, key, publicKey }) => [usage, withSignatures(parseKey(key), signatures.get(publicKey) ?? [])]),
    ),
  };
}

function showDevice({ keys, displayName }: DeviceKeysRecord, signatures: readonly KeySignature[]): JsonObject {
  const shown = withSignatures(parseKey(keys), signatures);
  return displayName === undefined ? shown : { ...shown, unsigned: { device_display_name: displayName } };
}

/** What is stored was checked when it came. */
export function parseKey(key: string): JsonObject {
  return JSON.parse(key) as JsonObject;
}

/** The public key of a key of cross-signing, which is its only one and under its own name; nothing for what another server gave otherwise. */
export function publicKeyOf({ keys }: JsonObject): string | undefined {
  const [named, ...more] = isJsonObject(keys) ? Object.entries(keys) : [];
  if (named === undefined || more.length > 0) return undefined;
  const [name, publicKey] = named;
  return typeof publicKey === 'string' && name === `ed25519:${publicKey}` ? publicKey : undefined;
}

/** A key with signatures that were uploaded for it. */
export function withSignatures(key: JsonObject, added: readonly KeySignature[]): JsonObject {
  if (added.length === 0) return key;
  const present = isJsonObject(key['signatures']) ? key['signatures'] : {};
  const bySigner = Map.groupBy(added, ({ signerUserId }) => signerUserId);
  const merged = [...bySigner].map(([signer, ofSigner]): [string, JsonObject] => {
    const own = isJsonObject(present[signer]) ? present[signer] : {};
    const more = Object.fromEntries(ofSigner.map(({ signerKeyId, signature }) => [signerKeyId, signature]));
    return [signer, { ...own, ...more }];
  });
  return { ...key, signatures: { ...present, ...Object.fromEntries(merged) } };
}
