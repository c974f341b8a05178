import {
  findNumber,
  findServerName,
  isJsonObject,
  isUserId,
  serverNameOf,
  verifySignatures,
} from '@plexus/matrix-base';
import type { FindPublicKey, JsonValue, VerifyClaim } from '@plexus/matrix-base';
import { POLICY_KEY_ID } from '../policy-server/policy-server.ts';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { EncodedPdu } from './encoded-pdu.ts';
import { drop } from './outcome.ts';
import type { Drop } from './outcome.ts';
import type { Pdu } from './pdu.ts';

/** A server that must have signed an event, and why. */
export interface RequiredSignature {
  readonly serverName: string;
  readonly reason: 'sender' | 'event-id' | 'authorising-server';
}

/** A server's key for verifying, as it was published. */
export interface VerifyKey {
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Until when the server vouches for the key; whoever fetched it cut this off at seven days ahead. */
  readonly validUntilTs: number;
  /** Set on keys that the server lists as no longer in use. */
  readonly expiredTs?: number | undefined;
}

/** Finds a server's key among those that are known. */
export type FindVerifyKey = (serverName: string, keyId: string) => VerifyKey | undefined;

/** Keys that would decide the check, if the server can be asked for them. */
export interface NeededKeys {
  readonly serverName: string;
  readonly keyIds: readonly string[];
  /** The event's timestamp: a key must be valid at least until then. */
  readonly minimumValidUntilTs: number;
}

export type CheckedSignatures =
  | { readonly outcome: 'ok' }
  /** Cannot decide yet; fetch and check again. Without the keys the event is dropped. */
  | { readonly outcome: 'unknown-keys'; readonly needed: readonly NeededKeys[] }
  | Drop;

/**
 * Which servers must have signed an event
 * (https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events): the sender's, unless it is an
 * invite by third-party identifier; in versions 1 and 2 that of the event id; and where restricted joins exist, that of the user named
 * by `join_authorised_via_users_server` (rule 4.2 of https://spec.matrix.org/v1.19/rooms/v8/#authorisation-rules).
 */
export function findRequiredSignatures(pdu: Pdu, rules: RoomVersionRules): readonly RequiredSignature[] {
  const required = new Map<string, RequiredSignature>();
  const add = (serverName: string | undefined, reason: RequiredSignature['reason']): void => {
    if (serverName !== undefined && !required.has(serverName)) required.set(serverName, { serverName, reason });
  };
  if (isUserId(pdu['sender']) && !isThirdPartyInvite(pdu)) add(serverNameOf(pdu['sender']), 'sender');
  if (rules.eventIdFormat === 'server-chosen') add(findServerName(String(pdu['event_id'])), 'event-id');
  const authorising = findAuthorisingUser(pdu, rules);
  if (isUserId(authorising)) add(serverNameOf(authorising), 'authorising-server');
  return [...required.values()];
}

/**
 * Whether every required server has validly signed: check 2 on receipt of a PDU. Signatures by keys that are not known, or that were not
 * valid at the event's time, are passed over; each server needs one that is valid, and must have none that is wrong. The key
 * by which a server recommends events as a room's policy server signs nothing in its name. The caller guarantees a valid format. With
 * a `verify` of its own it decides which signatures count.
 */
export function checkSignatures(encoded: EncodedPdu, findKey: FindVerifyKey, verify?: VerifyClaim): CheckedSignatures {
  const { pdu, rules } = encoded;
  const authorising = findAuthorisingUser(pdu, rules);
  if (authorising !== undefined && !isUserId(authorising)) {
    return drop('signature.authorising-server', 'join_authorised_via_users_server is not a user id');
  }
  const text = encoded.underSignatures();
  const needed: NeededKeys[] = [];
  const timestamp = findNumber(pdu['origin_server_ts']) ?? 0;
  for (const { serverName, reason } of findRequiredSignatures(pdu, rules)) {
    const findPublicKey: FindPublicKey = (server, keyId) => {
      const key = keyId === POLICY_KEY_ID ? undefined : findKey(server, keyId);
      return key !== undefined && wasValidAt(key, timestamp, rules) ? key.publicKey : undefined;
    };
    const signed = { text, signatures: pdu['signatures'], entity: serverName };
    const verified = verifySignatures(signed, findPublicKey, verify);
    if (verified.outcome === 'reject') return drop(`signature.${reason}`, verified.because);
    if (verified.outcome === 'unknown-keys') {
      needed.push({ serverName, keyIds: verified.keyIds, minimumValidUntilTs: timestamp });
    }
  }
  return needed.length === 0 ? { outcome: 'ok' } : { outcome: 'unknown-keys', needed };
}

/** From version 5 on a key must be valid at the event's timestamp (https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period). */
function wasValidAt(key: VerifyKey, timestamp: number, rules: RoomVersionRules): boolean {
  if (key.expiredTs !== undefined) return timestamp <= key.expiredTs;
  return !rules.enforceKeyValidity || timestamp <= key.validUntilTs;
}

/** The sender of such an invite is whoever made the third-party invite; another server may send it. */
function isThirdPartyInvite(pdu: Pdu): boolean {
  const content = pdu['content'];
  if (pdu['type'] !== 'm.room.member' || !isJsonObject(content)) return false;
  return content['membership'] === 'invite' && isJsonObject(content['third_party_invite']);
}

function findAuthorisingUser(pdu: Pdu, rules: RoomVersionRules): JsonValue | undefined {
  const content = pdu['content'];
  if (!rules.restrictedJoins || pdu['type'] !== 'm.room.member' || !isJsonObject(content)) return undefined;
  return content['join_authorised_via_users_server'];
}
