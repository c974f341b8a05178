import { SigningKey, textUnderSignatures } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/** A key that signs under any name, always the same one for a number. */
export class TestKey {
  readonly #key: SigningKey;

  constructor(number: number) {
    this.#key = new SigningKey('ed25519:test', Buffer.alloc(32, number));
  }

  get publicKey(): string {
    return this.#key.publicKey;
  }

  sign(text: string): string {
    return this.#key.sign(text);
  }
}

/** The object with a signature added to those that it has. */
export function signBy<T extends JsonObject>(
  key: TestKey,
  object: T,
  userId: string,
  name = key.publicKey,
): T & { signatures: JsonObject } {
  const signatures = (object['signatures'] ?? {}) as Readonly<Record<string, JsonObject>>;
  const own = { ...signatures[userId], [`ed25519:${name}`]: key.sign(textUnderSignatures(object)) };
  return { ...object, signatures: { ...signatures, [userId]: own } };
}

/** What a key of cross-signing looks like, before anybody signs it. */
export function crossSigningKey(key: TestKey, userId: string, usage: string): JsonObject {
  return { user_id: userId, usage: [usage], keys: { [`ed25519:${key.publicKey}`]: key.publicKey } };
}
