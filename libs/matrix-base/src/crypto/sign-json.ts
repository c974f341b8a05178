import { encodeCanonicalJson } from '../json/canonical-json.ts';
import { isJsonObject } from '../json/json-value.ts';
import type { JsonObject } from '../json/json-value.ts';
import type { SigningKey } from './ed25519.ts';

/**
 * Signs a JSON object as an entity (https://spec.matrix.org/v1.19/appendices/#signing-details): a copy with the signature added to those
 * that it had. `unsigned` is kept and not covered. Throws `CanonicalJsonError` if the object has no canonical JSON.
 */
export function signJson<T extends JsonObject>(
  object: T,
  entity: string,
  key: SigningKey,
): T & { signatures: JsonObject } {
  const present = isJsonObject(object['signatures']) ? object['signatures'] : {};
  const own = isJsonObject(present[entity]) ? present[entity] : {};
  const signature = key.sign(textUnderSignatures(object));
  return { ...object, signatures: { ...present, [entity]: { ...own, [key.keyId]: signature } } };
}

/** The canonical JSON that signatures of an object cover: without `signatures` and `unsigned`. */
export function textUnderSignatures(object: JsonObject): string {
  const { signatures: _signatures, unsigned: _unsigned, ...covered } = object;
  return encodeCanonicalJson(covered);
}
