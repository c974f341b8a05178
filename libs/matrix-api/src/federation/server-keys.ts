import { decodeBase64, encodeBase64, verifyJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { anyObject, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** @NOTE Of any length: keys of algorithms that are not known here may be long, and are passed over. */
const publicKey = text();
const signatures = mapOf(mapOf(text()));

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server */
export const serverKeysResponse = new Shape(
  object({
    server_name: text({ maxLength: 255 }),
    verify_keys: mapOf(object({ key: publicKey })),
    old_verify_keys: optional(mapOf(object({ key: publicKey, expired_ts: integer({ minimum: 0 }) }))),
    signatures,
    valid_until_ts: integer({ minimum: 0 }),
  }),
);
export type ServerKeysResponse = Described<typeof serverKeysResponse.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixkeyv2query */
export const queryServerKeysRequest = new Shape(
  object({ server_keys: mapOf(mapOf(object({ minimum_valid_until_ts: optional(integer()) }))) }),
);
export type QueryServerKeysRequest = Described<typeof queryServerKeysRequest.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2queryservername */
export const queryServerKeysQuery = new Shape(object({ minimum_valid_until_ts: optional(integer()) }));
export const queryServerKeysResponse = new Shape(object({ server_keys: list(anyObject()) }));

/** A key that a server publishes. */
export interface PublishedKey {
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** When the server stopped using it, in milliseconds since the epoch; nothing where it is in use. */
  readonly expiredAt?: number;
}

export type CheckedServerKeys =
  | {
      readonly outcome: 'ok';
      readonly keys: readonly PublishedKey[];
      /** Until when they count, in milliseconds since the epoch. */
      readonly validUntil: number;
    }
  | { readonly outcome: 'reject'; readonly because: string };

/** The longest time for which keys count without being asked for again. */
export const LONGEST_KEY_VALIDITY_MS = 7 * 86_400_000;
const MOST_KEYS = 256;
/** Dates end here. */
const LAST_MOMENT = 8_640_000_000_000_000;
const KEY_ID = /^ed25519:[\x21-\x7e]{1,247}$/;

/**
 * Checks what a server, or a notary in its stead, says of its keys: it has to be about the server, and signed by it with one of the keys
 * that are in use. They count until `valid_until_ts`, and for seven days at most
 * (https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server). Keys of other algorithms are passed over.
 */
export function checkServerKeys(document: JsonObject, serverName: string, fetchedAt: number): CheckedServerKeys {
  const shaped = serverKeysResponse.check(document);
  if (shaped.outcome === 'reject') return reject(shaped.because);
  const { server_name: name, verify_keys: current, old_verify_keys: old = {}, valid_until_ts: until } = shaped.value;
  if (name !== serverName) return reject(`the keys are of ${name.slice(0, 100)}`);
  if (Object.keys(current).length + Object.keys(old).length > MOST_KEYS) return reject('there are too many keys');
  const inUse = Object.entries(current).flatMap(([keyId, { key }]) => keyOf(keyId, key));
  const publicKeys = new Map(inUse.map(({ keyId, publicKey: key }) => [keyId, key]));
  const verified = verifyJson(document, serverName, (_, keyId) => publicKeys.get(keyId));
  if (verified.outcome !== 'ok') {
    return reject(verified.outcome === 'reject' ? verified.because : 'it is signed with none of its keys');
  }
  const expired = Object.entries(old)
    .filter(([keyId]) => !publicKeys.has(keyId))
    .flatMap(([keyId, { key, expired_ts: at }]) =>
      keyOf(keyId, key).map((one) => ({ ...one, expiredAt: Math.min(at, LAST_MOMENT) })),
    );
  return {
    outcome: 'ok',
    keys: [...inUse, ...expired],
    validUntil: Math.min(until, fetchedAt + LONGEST_KEY_VALIDITY_MS),
  };
}

/** Whether a text may be the id of an Ed25519 key: what is none is not asked for. */
export function isAskableKeyId(keyId: string): boolean {
  return KEY_ID.test(keyId);
}

function keyOf(keyId: string, base64: string): PublishedKey[] {
  const bytes = isAskableKeyId(keyId) ? decodeBase64(base64) : undefined;
  return bytes?.length === 32 ? [{ keyId, publicKey: encodeBase64(bytes) }] : [];
}

function reject(because: string): CheckedServerKeys {
  return { outcome: 'reject', because };
}
