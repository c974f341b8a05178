import { randomBytes } from 'node:crypto';
import { SigningKey, textUnderSignatures } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';

/** A key that signs JSON objects under any name. */
export class TestKey {
  readonly #key = new SigningKey('ed25519:test', randomBytes(32));

  get publicKey(): string {
    return this.#key.publicKey;
  }

  /** The object with a signature added to those that it has. */
  sign<T extends JsonObject>(object: T, userId: string, name = this.publicKey): T & { signatures: JsonObject } {
    const signatures = (object['signatures'] ?? {}) as Readonly<Record<string, JsonObject>>;
    const signature = this.#key.sign(textUnderSignatures(object));
    return {
      ...object,
      signatures: { ...signatures, [userId]: { ...signatures[userId], [`ed25519:${name}`]: signature } },
    };
  }
}

/** The keys that a client of one device makes. */
export class CryptoDevice {
  readonly client: MatrixClient;
  readonly key = new TestKey();
  #lastKey = 0;

  constructor(client: MatrixClient) {
    this.client = client;
  }

  get deviceId(): string {
    return this.client.session.deviceId;
  }

  /** Identity keys, signed by the device. */
  identity(changes: JsonObject = {}): JsonObject {
    const { userId } = this.client;
    const keys = {
      user_id: userId,
      device_id: this.deviceId,
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: {
        [`curve25519:${this.deviceId}`]: new TestKey().publicKey,
        [`ed25519:${this.deviceId}`]: this.key.publicKey,
      },
      ...changes,
    };
    return this.key.sign(keys, userId, this.deviceId);
  }

  /** So many one-time keys, under new ids. */
  oneTimeKeys(count: number): JsonObject {
    return Object.fromEntries(Array.from({ length: count }, () => this.#newKey({})));
  }

  fallbackKey(): JsonObject {
    return Object.fromEntries([this.#newKey({ fallback: true })]);
  }

  upload(keys: JsonObject): Promise<Json> {
    return this.client.ask('POST', '/_matrix/client/v3/keys/upload', keys);
  }

  #newKey(more: JsonObject): [string, JsonObject] {
    this.#lastKey += 1;
    const signed = this.key.sign({ key: new TestKey().publicKey, ...more }, this.client.userId, this.deviceId);
    return [`signed_curve25519:${this.deviceId}${this.#lastKey}`, signed];
  }
}

/** What a key of cross-signing looks like, before anybody signs it. */
export function crossSigningKey(key: TestKey, userId: string, usage: string): JsonObject {
  return { user_id: userId, usage: [usage], keys: { [`ed25519:${key.publicKey}`]: key.publicKey } };
}
