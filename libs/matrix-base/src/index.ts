export {
  fitsBytes,
  findServerName,
  localpartOf,
  MAX_IDENTIFIER_BYTES,
  serverNameOf,
} from './identifiers/identifier.ts';
export { hostOf, isServerName, parseServerName } from './identifiers/server-name.ts';
export type { ServerName } from './identifiers/server-name.ts';
export { isCompliantUserId, isNewLocalpart, isNewUserId, isUserId } from './identifiers/user-id.ts';
export { isHashRoomId, isRoomId, isRoomIdWithDomain } from './identifiers/room-id.ts';
export { isEventId, isEventIdOf } from './identifiers/event-id.ts';
export type { EventIdFormat } from './identifiers/event-id.ts';
export { isRoomAlias } from './identifiers/room-alias.ts';
export { buildMxcUri, isMediaId, parseMxcUri } from './identifiers/mxc-uri.ts';
export type { MxcUri } from './identifiers/mxc-uri.ts';

export { findNumber, isJsonObject } from './json/json-value.ts';
export type { JsonObject, JsonValue } from './json/json-value.ts';
export { ExactNumber } from './json/exact-number.ts';
export type { JsonFault } from './json/json-fault.ts';
export { isDeeperThan, MAX_JSON_DEPTH } from './json/json-depth.ts';
export {
  CanonicalJsonError,
  compareByCodePoint,
  encodeCanonicalJson,
  encodeCanonicalMembers,
  encodeCanonicalString,
} from './json/canonical-json.ts';
export type { EncodedMembers, NumberPolicy } from './json/canonical-json.ts';
export { parseJson, parseStrictJson } from './json/parse-json.ts';
export type { ParsedJson } from './json/parse-json.ts';

export { decodeBase64, decodeUrlSafeBase64, encodeBase64, encodeUrlSafeBase64 } from './crypto/base64.ts';
export { sha256Base64, sha256UrlSafe } from './crypto/sha256.ts';
export { ED25519_SEED_BYTES, isEd25519KeyId, SigningKey, verifyEd25519 } from './crypto/ed25519.ts';
export type { Ed25519Claim } from './crypto/ed25519.ts';
export { signJson, textUnderSignatures } from './crypto/sign-json.ts';
export { verifyJson, verifySignatures } from './crypto/verify-json.ts';
export type {
  FindPublicKey,
  SignatureFault,
  SignedText,
  VerifiedSignatures,
  VerifyClaim,
} from './crypto/verify-json.ts';

export { ERROR_CODES } from './errors/error-code.ts';
export type { ErrorCode } from './errors/error-code.ts';
export { MatrixError } from './errors/matrix-error.ts';

export { searchWordsOf } from './text/search-words.ts';

export { GatheredCalls } from './gathered-calls.ts';
export { pauseBetweenLooks } from './clock.ts';
export type { Clock } from './clock.ts';
export { heardLater } from './heard-later.ts';
export { Turns } from './turns.ts';
export type { RandomSource } from './random-source.ts';
