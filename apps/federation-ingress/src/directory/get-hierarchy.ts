import { isRoomId, MatrixError } from '@plexus/matrix-base';
import { publishedRoomOf } from '@plexus/matrix-api';
import type { HierarchyRoom, RoomSummaryBody } from '@plexus/matrix-api';
import {
  authStateOf,
  DESCRIBING_TYPES,
  describeRoom,
  findRoomVersion,
  spaceChildrenOf,
  toStrippedState,
} from '@plexus/room-dag';
import type { RoomDescription } from '@plexus/room-dag';
import { ServerMembers } from '@plexus/room-view';
import type { RoomState, StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import type { ServerAclReader } from '../rooms/server-acl-reader.ts';

export interface GetHierarchyPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined' | 'findEvents' | 'findServerInRoom'>;
  readonly states: Pick<RoomState, 'findMany' | 'list'>;
  readonly snapshots: Pick<StateReader, 'diff' | 'pages'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
  readonly slots: OriginSlots;
}

export interface HierarchyAnswer {
  readonly room: HierarchyRoom;
  readonly children: readonly RoomSummaryBody[];
  readonly inaccessible_children: readonly string[];
}

/** A room that the asking server may know of. */
interface SeenRoom {
  readonly room: RoomRecord;
  readonly description: RoomDescription;
}

const DESCRIBING_KEYS = DESCRIBING_TYPES.map((type) => ({ type, stateKey: '' }));
const MAX_CHILDREN = 100;

/** A space and its children, as far as the asking server's users could come in (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid). */
export class GetHierarchy {
  readonly #ports: GetHierarchyPorts;

  constructor(ports: GetHierarchyPorts) {
    this.#ports = ports;
  }

  /** Throws 404 where the room is not known to the addressed server, or closed to the one that asks; 429 as `OriginSlots` does. */
  execute(parties: Parties, roomId: string, suggestedOnly: boolean): Promise<HierarchyAnswer> {
    return this.#ports.slots.run(parties.origin, () => this.#read(parties, roomId, suggestedOnly));
  }

  async #read(parties: Parties, roomId: string, suggestedOnly: boolean): Promise<HierarchyAnswer> {
    const space = await this.#find(parties, roomId);
    if (typeof space === 'string') throw new MatrixError('M_NOT_FOUND', 404, 'Room does not exist');
    const isSpace = space.description.roomType === 'm.space';
    const events = isSpace
      ? await this.#ports.states.list(space.room, space.room.currentRoot, { type: 'm.space.child' })
      : [];
    const childEvents = spaceChildrenOf(events, suggestedOnly).slice(0, MAX_CHILDREN);
    const childIds = childEvents.map(({ stateKey = '' }) => stateKey);
    const children = await Promise.all(childIds.map((childId) => this.#find(parties, childId)));
    const childrenState = childEvents.map((event) => ({
      ...toStrippedState(event),
      origin_server_ts: event.originServerTs,
    }));
    return {
      room: { ...summaryOf(space), children_state: childrenState },
      children: children.filter((child) => typeof child !== 'string').map(summaryOf),
      inaccessible_children: childIds.filter((_childId, index) => children[index] === 'closed'),
    };
  }

  /** `unknown`: perhaps another server knows of it. `closed`: nobody of the asking server may know of it. */
  async #find({ origin, destination }: Parties, roomId: string): Promise<SeenRoom | 'unknown' | 'closed'> {
    const { rooms, states, acls } = this.#ports;
    const room = isRoomId(roomId) ? await rooms.findRoom(roomId) : undefined;
    const joined = room && (await rooms.countJoined(room.shard, room.roomNid, [origin, destination]));
    if (room === undefined || joined?.has(destination) !== true) return 'unknown';
    if (!(await acls.allows(room, origin))) return 'closed';
    const state = authStateOf(await states.findMany(room, room.currentRoot, DESCRIBING_KEYS));
    const seen = { room, description: describeRoom(state) };
    const isOpen = joined.has(origin) || (await this.#isOpen(seen, { origin, destination }));
    return isOpen || (await this.#hasInvited(room, origin)) ? seen : 'closed';
  }

  /** Whether users of a server that is not in the room may come in, or look in: of rooms that it is not in the addressed server knows nothing. */
  async #isOpen({ room, description }: SeenRoom, { origin, destination }: Parties): Promise<boolean> {
    const { joinRule, isWorldReadable, allowedRoomIds } = description;
    const rules = findRoomVersion(room.roomVersion);
    if (isWorldReadable || joinRule === 'public') return true;
    if (joinRule === 'knock' && rules?.knocking === true) return true;
    if (joinRule === 'knock_restricted' && rules?.knockRestrictedJoins === true) return true;
    if (joinRule !== 'restricted' || rules?.restrictedJoins !== true) return false;
    for (const allowedId of allowedRoomIds) {
      const allowed = await this.#ports.rooms.findRoom(allowedId);
      const pair = [origin, destination];
      const there = allowed && (await this.#ports.rooms.countJoined(allowed.shard, allowed.roomNid, pair));
      if (pair.every((serverName) => there?.has(serverName) === true)) return true;
    }
    return false;
  }

  /** @NOTE Only where somebody is invited at all the members are looked through. */
  #hasInvited(room: RoomRecord, serverName: string): Promise<boolean> {
    const { rooms, snapshots: states } = this.#ports;
    return new ServerMembers({ rooms, states }, room, serverName).hasInvited(room.currentRoot);
  }
}

/** The only algorithm that the specification names. */
const MEGOLM = 'm.megolm.v1.aes-sha2';

function summaryOf({ room, description }: SeenRoom): RoomSummaryBody {
  const { allowedRoomIds, encryption } = description;
  return {
    ...publishedRoomOf({ ...description, roomId: room.roomId, joinedCount: room.joinedCount }),
    room_version: room.roomVersion,
    ...(allowedRoomIds.length > 0 && { allowed_room_ids: allowedRoomIds }),
    ...(encryption === MEGOLM && { encryption }),
  };
}
