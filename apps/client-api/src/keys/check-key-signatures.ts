import { CanonicalJsonError, isJsonObject, textUnderSignatures, verifyEd25519 } from '@plexus/matrix-base';
import type { ErrorCode, JsonObject } from '@plexus/matrix-base';

/** A key for which signatures are uploaded, and who may sign it. */
export interface SignableKey {
  /** As it is stored. */
  readonly key: JsonObject;
  readonly signerUserId: string;
  /** Public keys by their names, `ed25519:` and a device id or public key. */
  readonly signers: ReadonlyMap<string, string>;
}

export type KeySignaturesOutcome =
  /** Signatures by the names of the keys that made them. */
  | { readonly outcome: 'ok'; readonly signatures: ReadonlyMap<string, string> }
  | { readonly outcome: 'reject'; readonly errcode: ErrorCode; readonly because: string };

/**
 * Decides which signatures an uploaded copy of a key adds to it (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload):
 * the copy must be the key but for its signatures, each signature by who may sign it must be valid, and there must be one.
 */
export function checkKeySignatures(
  signed: JsonObject,
  { key, signerUserId, signers }: SignableKey,
): KeySignaturesOutcome {
  const text = findSignedText(signed);
  if (text === undefined) return reject('M_BAD_JSON', 'The signed object is not canonical JSON');
  if (text !== findSignedText(key)) return reject('M_INVALID_SIGNATURE', 'The signed object is not the key');
  const signatures = new Map<string, string>();
  for (const [name, signature] of signaturesBy(signerUserId, signed)) {
    const publicKey = signers.get(name);
    if (publicKey === undefined) continue;
    if (typeof signature !== 'string' || !verifyEd25519({ message: text, publicKey, signature }))
      return reject('M_INVALID_SIGNATURE', `The signature by "${name}" is wrong`);
    signatures.set(name, signature);
  }
  if (signatures.size > 0) return { outcome: 'ok', signatures };
  return reject('M_INVALID_SIGNATURE', 'There is no signature by a key that may sign this one');
}

function findSignedText(object: JsonObject): string | undefined {
  try {
    return textUnderSignatures(object);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return undefined;
    throw error;
  }
}

function signaturesBy(userId: string, { signatures }: JsonObject): [string, unknown][] {
  const own = isJsonObject(signatures) && Object.hasOwn(signatures, userId) ? signatures[userId] : undefined;
  return isJsonObject(own) ? Object.entries(own) : [];
}

function reject(errcode: ErrorCode, because: string): KeySignaturesOutcome {
  return { outcome: 'reject', errcode, because };
}
