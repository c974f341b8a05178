import type { MakeMembershipResponse } from '@plexus/matrix-api';
import { findNumber, isJsonObject, isUserId } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { Malformed, Refusal } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';

/** Which membership a template was asked for. */
export interface AskedMembership {
  readonly roomId: string;
  readonly userId: string;
  readonly membership: 'join' | 'knock' | 'leave';
}

/** The part of a membership event that only a server in the room knows. */
export interface MembershipTemplate {
  readonly outcome: 'ok';
  readonly rules: RoomVersionRules;
  readonly prevEvents: readonly string[];
  readonly authEvents: readonly string[];
  /** Versions 1 and 2: of the two lists above, as far as they came. */
  readonly referenceHashes: ReadonlyMap<string, string | undefined> | undefined;
  readonly depth: number;
  /** Who vouches for a restricted join. */
  readonly authorisingUser: string | undefined;
}

/**
 * Reads a template as far as it must be trusted (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid): that
 * it is of this room, this user and this membership is checked, and a room version that is not known here is answered as the server should have.
 */
export function readTemplate(
  { room_version: roomVersion = '1', event }: MakeMembershipResponse,
  asked: AskedMembership,
): MembershipTemplate | Malformed | Refusal {
  const rules = findRoomVersion(roomVersion);
  if (rules === undefined) return incompatible(roomVersion);
  const because = findDifference(event, asked);
  if (because !== undefined) return { outcome: 'malformed', because };
  const prevEvents = readReferences(event['prev_events'], rules);
  const authEvents = readReferences(event['auth_events'], rules);
  const depth = findNumber(event['depth']);
  if (prevEvents === undefined || authEvents === undefined || depth === undefined || depth < 0)
    return { outcome: 'malformed', because: 'the template lacks its place in the room' };
  return {
    outcome: 'ok',
    rules,
    prevEvents: prevEvents.map(([id]) => id),
    authEvents: authEvents.map(([id]) => id),
    referenceHashes: rules.eventReferences === 'pairs' ? new Map([...prevEvents, ...authEvents]) : undefined,
    depth,
    authorisingUser: asked.membership === 'join' && rules.restrictedJoins ? findAuthorisingUser(event) : undefined,
  };
}

function findDifference(event: JsonObject, { roomId, userId, membership }: AskedMembership): string | undefined {
  if (event['type'] !== 'm.room.member') return 'the template is no membership';
  if (event['room_id'] !== roomId) return 'the template is of another room';
  if (event['sender'] !== userId || event['state_key'] !== userId) return 'the template is of another user';
  const content = event['content'];
  if (!isJsonObject(content) || content['membership'] !== membership) return 'the template is of another membership';
  return undefined;
}

type Reference = readonly [eventId: string, sha256: string | undefined];

function readReferences(value: JsonValue | undefined, rules: RoomVersionRules): Reference[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const references = value.map((entry) => (rules.eventReferences === 'pairs' ? readPair(entry) : readId(entry)));
  return references.every((reference) => reference !== undefined) ? references : undefined;
}

function readId(entry: JsonValue): Reference | undefined {
  return typeof entry === 'string' ? [entry, undefined] : undefined;
}

function readPair(entry: JsonValue): Reference | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [eventId, hashes] = entry;
  if (typeof eventId !== 'string' || !isJsonObject(hashes)) return undefined;
  // Synapse names events without a hash where it does not have it at hand.
  const { sha256 } = hashes;
  return sha256 === undefined || typeof sha256 === 'string' ? [eventId, sha256] : undefined;
}

function findAuthorisingUser({ content }: JsonObject): string | undefined {
  const user = isJsonObject(content) ? content['join_authorised_via_users_server'] : undefined;
  return isUserId(user) ? user : undefined;
}

function incompatible(roomVersion: string): Refusal {
  return {
    outcome: 'refused',
    status: 400,
    errcode: 'M_INCOMPATIBLE_ROOM_VERSION',
    error: `The room has version ${roomVersion.slice(0, 100)}, which this server does not support`,
    roomVersion: roomVersion.slice(0, 100),
    retryAfterMs: undefined,
  };
}
