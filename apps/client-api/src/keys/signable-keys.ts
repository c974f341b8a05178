import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { CrossSigningKeyRecord, CrossSigningUsage, DeviceKeysRecord } from '@plexus/storage';
import { parseKey } from '@plexus/user-keys';
import type { SignableKey } from './check-key-signatures.ts';

/**
 * The keys that a user may sign (https://spec.matrix.org/v1.19/client-server-api/#cross-signing): own devices with the self-signing key, the own
 * master key with devices, others' master keys with the user-signing key.
 */
export class SignableKeys {
  readonly #signer: string;
  readonly #devices: readonly DeviceKeysRecord[];
  readonly #keys: readonly CrossSigningKeyRecord[];

  /** `devices` are the signer's, `keys` the signer's and those of whoever's keys are signed. */
  constructor(signer: string, devices: readonly DeviceKeysRecord[], keys: readonly CrossSigningKeyRecord[]) {
    this.#signer = signer;
    this.#devices = devices;
    this.#keys = keys;
  }

  /** Nothing for a key that is not there, or not for this user to sign. */
  find(userId: string, keyId: string): SignableKey | undefined {
    const master = this.#findKey(userId, 'master');
    const isMaster = master !== undefined && master.publicKey === keyId;
    if (userId !== this.#signer)
      return isMaster ? this.#signable(master.key, this.#namedKey('user_signing')) : undefined;
    if (isMaster) return this.#signable(master.key, this.#deviceSigners());
    const device = this.#devices.find(({ deviceId }) => deviceId === keyId);
    return device && this.#signable(device.keys, this.#namedKey('self_signing'));
  }

  #signable(key: string, signers: ReadonlyMap<string, string>): SignableKey {
    return { key: parseKey(key), signerUserId: this.#signer, signers };
  }

  #namedKey(usage: CrossSigningUsage): ReadonlyMap<string, string> {
    const publicKey = this.#findKey(this.#signer, usage)?.publicKey;
    return publicKey === undefined ? new Map() : new Map([[`ed25519:${publicKey}`, publicKey]]);
  }

  #deviceSigners(): ReadonlyMap<string, string> {
    return new Map(
      this.#devices.flatMap(({ deviceId, keys }) => {
        const name = `ed25519:${deviceId}`;
        const publicKey = publicKeyOf(parseKey(keys), name);
        return publicKey === undefined ? [] : [[name, publicKey] as const];
      }),
    );
  }

  #findKey(userId: string, usage: CrossSigningUsage): CrossSigningKeyRecord | undefined {
    return this.#keys.find((key) => key.userId === userId && key.usage === usage);
  }
}

function publicKeyOf({ keys }: JsonObject, name: string): string | undefined {
  const publicKey = isJsonObject(keys) ? keys[name] : undefined;
  return typeof publicKey === 'string' ? publicKey : undefined;
}
