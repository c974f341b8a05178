import sodium from 'sodium-native';
import { decodeBase64, encodeBase64 } from './base64.ts';

export const ED25519_SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;

const KEY_ID = /^ed25519:[A-Za-z0-9_]+$/;

/** A server's key for signing. The secret is not enumerable: it appears in no log and in no JSON. */
export class SigningKey {
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Unpadded Base64. */
  readonly publicKey: string;
  readonly #secretKey: Buffer;

  /**
   * Derives the key pair from a seed of 32 bytes, which the caller keeps. Throws if the key id is not `ed25519:` and a version of letters,
   * digits and underscores (https://spec.matrix.org/v1.19/server-server-api/#publishing-keys).
   */
  constructor(keyId: string, seed: Uint8Array) {
    if (!KEY_ID.test(keyId)) throw new TypeError(`Not an ed25519 key id: ${keyId}`);
    if (seed.byteLength !== ED25519_SEED_BYTES) throw new TypeError('An ed25519 seed has 32 bytes');
    const publicKey = Buffer.alloc(PUBLIC_KEY_BYTES);
    this.#secretKey = Buffer.alloc(SECRET_KEY_BYTES);
    sodium.crypto_sign_seed_keypair(publicKey, this.#secretKey, seed);
    this.keyId = keyId;
    this.publicKey = encodeBase64(publicKey);
  }

  /** The signature of a message in unpadded Base64; a string is signed as UTF-8. */
  sign(message: string | Uint8Array): string {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    const signature = Buffer.allocUnsafe(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, bytes, this.#secretKey);
    return signature.toString('base64').slice(0, 86);
  }
}

/** Whether a signing key identifier names the algorithm ed25519. */
export function isEd25519KeyId(keyId: string): boolean {
  return keyId.startsWith('ed25519:') && keyId.length > 8;
}

/** What is signed, by whom, and the proof; key and signature in Base64. */
export interface Ed25519Claim {
  readonly message: string | Uint8Array;
  readonly publicKey: string;
  readonly signature: string;
}

/** Whether the signature is the key's over the message. A key or signature that is not Base64 or has the wrong length is false. */
export function verifyEd25519(claim: Ed25519Claim): boolean {
  const signature = decodeBase64(claim.signature);
  const publicKey = decodeBase64(claim.publicKey);
  if (signature?.length !== SIGNATURE_BYTES || publicKey?.length !== PUBLIC_KEY_BYTES) return false;
  const message = typeof claim.message === 'string' ? Buffer.from(claim.message) : claim.message;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}
