import { CanonicalJsonError } from '../json/canonical-json.ts';
import { isJsonObject } from '../json/json-value.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { isEd25519KeyId, verifyEd25519 } from './ed25519.ts';
import type { Ed25519Claim } from './ed25519.ts';
import { textUnderSignatures } from './sign-json.ts';

/** Finds an entity's public key in unpadded Base64; nothing if it is not known or must not be used. */
export type FindPublicKey = (entity: string, keyId: string) => string | undefined;

export type VerifiedSignatures =
  | { readonly outcome: 'ok' }
  /** The entity signed with keys of which none is known: whoever can fetch them, asks again. */
  | { readonly outcome: 'unknown-keys'; readonly keyIds: readonly string[] }
  | { readonly outcome: 'reject'; readonly rule: SignatureFault; readonly because: string };

export type SignatureFault = 'signature.missing' | 'signature.invalid' | 'signature.json';

/**
 * Checks that an entity signed a JSON object (https://spec.matrix.org/v1.19/appendices/#checking-for-a-signature). Keys that are not
 * known are passed over; at least one known key must have signed, and every signature by a known key must be valid.
 */
export function verifyJson(object: JsonObject, entity: string, findPublicKey: FindPublicKey): VerifiedSignatures {
  try {
    return verifySignatures(
      { text: textUnderSignatures(object), signatures: object['signatures'], entity },
      findPublicKey,
    );
  } catch (error) {
    if (error instanceof CanonicalJsonError)
      return { outcome: 'reject', rule: 'signature.json', because: error.message };
    throw error;
  }
}

/** What was signed, the object's `signatures`, and whose signature is wanted. */
export interface SignedText {
  readonly text: string | Uint8Array;
  readonly signatures: JsonValue | undefined;
  readonly entity: string;
}

/** Whether a signature is right. A caller that finds this out elsewhere may answer that it is, and keep the claim. */
export type VerifyClaim = (claim: Ed25519Claim) => boolean;

/** Steps 1 to 4 and 7 of the check, for callers that have the covered text already. */
export function verifySignatures(
  signed: SignedText,
  findPublicKey: FindPublicKey,
  verify: VerifyClaim = verifyEd25519,
): VerifiedSignatures {
  const { entity, text } = signed;
  const claims = ed25519SignaturesOf(signed.signatures, entity);
  if (claims.length === 0) {
    return { outcome: 'reject', rule: 'signature.missing', because: `no ed25519 signature by ${entity}` };
  }
  let verified = 0;
  for (const [keyId, signature] of claims) {
    const publicKey = findPublicKey(entity, keyId);
    if (publicKey === undefined) continue;
    if (typeof signature !== 'string' || !verify({ message: text, publicKey, signature })) {
      return {
        outcome: 'reject',
        rule: 'signature.invalid',
        because: `the signature by ${entity} with ${keyId} is wrong`,
      };
    }
    verified++;
  }
  return verified > 0 ? { outcome: 'ok' } : { outcome: 'unknown-keys', keyIds: claims.map(([keyId]) => keyId) };
}

function ed25519SignaturesOf(signatures: JsonValue | undefined, entity: string): [string, JsonValue][] {
  if (!isJsonObject(signatures) || !Object.hasOwn(signatures, entity)) return [];
  const ofEntity = signatures[entity];
  if (!isJsonObject(ofEntity)) return [];
  return Object.entries(ofEntity).filter(([keyId]) => isEd25519KeyId(keyId));
}
