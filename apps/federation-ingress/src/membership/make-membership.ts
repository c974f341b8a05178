import { MatrixError } from '@plexus/matrix-base';
import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import {
  authStateOf,
  authTypesForEvent,
  checkAuth,
  computeReferenceHash,
  MAX_DEPTH,
  MAX_PREV_EVENTS,
  roomEventFromPdu,
} from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomState } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import type { RestrictedJoins } from './restricted-joins.ts';
import { findVisitedRoom, requireUserOf, requireVersion } from './visited-room.ts';
import type { VisitedRoom } from './visited-room.ts';

export interface MakeMembershipPorts {
  readonly door: RoomDoor;
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly states: Pick<RoomState, 'findMany'>;
  readonly restrictedJoins: RestrictedJoins;
  readonly clock: Pick<Clock, 'now'>;
}

/** An event that a server is to complete and sign. */
export interface MembershipTemplate {
  readonly room_version: string;
  readonly event: JsonObject;
}

/** Whose membership, of which room, and which room versions the other server knows. */
export interface MembershipWish {
  readonly roomId: string;
  readonly userId: string;
  readonly versions?: readonly string[] | undefined;
}

const CREATE_KEY = { type: 'm.room.create', stateKey: '' };

/**
 * Makes templates of memberships for users of other servers (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms), from what is stored: whether the
 * event is allowed is decided again when it comes back signed.
 */
export class MakeMembership {
  readonly #ports: MakeMembershipPorts;

  constructor(ports: MakeMembershipPorts) {
    this.#ports = ports;
  }

  /** Throws 403 and 404 as `RoomDoor` does, 403 where the rules do not allow it, 400 for another room version, and as `RestrictedJoins` does. */
  async join(parties: Parties, wish: MembershipWish): Promise<MembershipTemplate> {
    const visited = await this.#find(parties, wish, 'join');
    requireVersion(visited.rules, wish.versions);
    const vouching = await this.#ports.restrictedJoins.findVouchingUser(parties, visited, wish.userId);
    const authorised = vouching === undefined ? {} : { join_authorised_via_users_server: vouching };
    return this.#make(parties, visited, { userId: wish.userId, content: { membership: 'join', ...authorised } });
  }

  async knock(parties: Parties, wish: MembershipWish): Promise<MembershipTemplate> {
    const visited = await this.#find(parties, wish, 'knock');
    requireVersion(visited.rules, wish.versions);
    if (!visited.rules.knocking) throw new MatrixError('M_FORBIDDEN', 403, 'This room cannot be knocked on');
    return this.#make(parties, visited, { userId: wish.userId, content: { membership: 'knock' } });
  }

  async leave(parties: Parties, wish: MembershipWish): Promise<MembershipTemplate> {
    const visited = await this.#find(parties, wish, 'leave');
    return this.#make(parties, visited, { userId: wish.userId, content: { membership: 'leave' } });
  }

  #find(
    parties: Parties,
    { roomId, userId }: MembershipWish,
    membership: 'join' | 'knock' | 'leave',
  ): Promise<VisitedRoom> {
    requireUserOf(parties, userId);
    return findVisitedRoom(this.#ports.door, parties, { roomId, membership });
  }

  async #make(
    { destination }: Parties,
    { room, rules }: VisitedRoom,
    { userId, content }: { readonly userId: string; readonly content: JsonObject },
  ): Promise<MembershipTemplate> {
    const { rooms, states, clock } = this.#ports;
    const subject = { type: 'm.room.member', sender: userId, stateKey: userId, content, rules };
    const keys = authTypesForEvent(subject);
    const [state, extremities] = await Promise.all([
      states.findMany(room, room.currentRoot, [CREATE_KEY, ...keys.filter(({ type }) => type !== 'm.room.create')]),
      rooms.findEvents(room.shard, room.forwardExtremities),
    ]);
    const prevEvents = [...extremities.values()]
      .map((stored) => readEvent(stored, room.roomVersion))
      .toSorted((a, b) => b.depth - a.depth)
      .slice(0, MAX_PREV_EVENTS);
    const citesCreate = keys.some(({ type }) => type === 'm.room.create');
    const event: JsonObject = {
      type: 'm.room.member',
      room_id: room.roomId,
      sender: userId,
      state_key: userId,
      content,
      auth_events: referencesOf(citesCreate ? state : state.filter(({ type }) => type !== 'm.room.create'), rules),
      prev_events: referencesOf(prevEvents, rules),
      depth: Math.min((prevEvents[0]?.depth ?? 0) + 1, MAX_DEPTH),
      origin: destination,
      origin_server_ts: clock.now(),
    };
    const auth = checkAuth(roomEventFromPdu(event, '$template', rules), authStateOf(state));
    if (auth.outcome === 'reject') throw new MatrixError('M_FORBIDDEN', 403, auth.because);
    return { room_version: rules.version, event };
  }
}

/** In versions 1 and 2 with the hashes of the events. */
function referencesOf(events: readonly RoomEvent[], rules: RoomVersionRules): JsonValue[] {
  if (rules.eventReferences === 'ids') return events.map(({ eventId }) => eventId);
  return events.map(({ eventId, pdu }) => [eventId, { sha256: computeReferenceHash(pdu, rules) }]);
}
