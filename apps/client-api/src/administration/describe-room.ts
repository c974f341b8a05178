import type { AdminRoomDetails } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomState, StateReader } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { RoomAdminRepository } from '@plexus/storage';
import type { AdminRoomAccess, AdministeredRoom } from './admin-room-access.ts';

export interface DescribeRoomPorts {
  readonly states: RoomState;
  readonly stateReader: StateReader;
  readonly admin: Pick<RoomAdminRepository, 'countDevicesInRoom' | 'isPublished' | 'isForgotten'>;
}

const DESCRIBING = [
  'm.room.create',
  'm.room.name',
  'm.room.topic',
  'm.room.avatar',
  'm.room.canonical_alias',
  'm.room.encryption',
  'm.room.join_rules',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.tombstone',
];

/** Describes a room to an administrator: from its state, and from what the accounts area knows. */
export class DescribeRoom {
  readonly #access: AdminRoomAccess;
  readonly #ports: DescribeRoomPorts;

  constructor(access: AdminRoomAccess, ports: DescribeRoomPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  async execute(requester: Requester, roomId: string): Promise<AdminRoomDetails> {
    const found = await this.#access.find(requester, roomId);
    const { room, serverName, residents } = found;
    const { admin, stateReader } = this.#ports;
    const [described, entries, devices, isPublished, isForgotten] = await Promise.all([
      this.#describe(found),
      stateReader.list(room, room.currentRoot, 'all'),
      admin.countDevicesInRoom(roomId, serverName),
      admin.isPublished(roomId, serverName),
      admin.isForgotten(roomId),
    ]);
    return {
      room_id: roomId,
      ...described,
      joined_members: room.joinedCount,
      joined_local_members: [...residents.values()].reduce((sum, count) => sum + count, 0),
      joined_local_devices: devices,
      version: room.roomVersion,
      public: isPublished,
      state_events: entries?.length ?? 0,
      forgotten: isForgotten,
    };
  }

  async #describe({ room }: AdministeredRoom): Promise<StateDescription> {
    const keys = DESCRIBING.map((type) => ({ type, stateKey: '' }));
    const events = await this.#ports.states.findMany(room, room.currentRoot, keys);
    return describeState(new Map(events.map((event) => [event.type, event])));
  }
}

/** What of the description comes from room state alone. */
export type StateDescription = Pick<
  AdminRoomDetails,
  | 'name'
  | 'topic'
  | 'avatar'
  | 'canonical_alias'
  | 'creator'
  | 'encryption'
  | 'federatable'
  | 'join_rules'
  | 'guest_access'
  | 'history_visibility'
  | 'room_type'
  | 'tombstoned'
  | 'replacement_room'
>;

export function describeState(state: ReadonlyMap<string, RoomEvent>): StateDescription {
  const text = (type: string, member: string): string | null => textIn(state.get(type)?.content, member);
  const create = state.get('m.room.create');
  return {
    name: text('m.room.name', 'name'),
    topic: text('m.room.topic', 'topic'),
    avatar: text('m.room.avatar', 'url'),
    canonical_alias: text('m.room.canonical_alias', 'alias'),
    creator: create?.sender ?? null,
    encryption: text('m.room.encryption', 'algorithm'),
    federatable: create?.content['m.federate'] !== false,
    join_rules: text('m.room.join_rules', 'join_rule'),
    guest_access: text('m.room.guest_access', 'guest_access'),
    history_visibility: text('m.room.history_visibility', 'history_visibility'),
    room_type: text('m.room.create', 'type'),
    tombstoned: state.has('m.room.tombstone'),
    replacement_room: text('m.room.tombstone', 'replacement_room'),
  };
}

/** @NOTE What others put into their state events may be anything. */
function textIn(content: JsonObject | undefined, member: string): string | null {
  const value = content?.[member];
  return typeof value === 'string' ? value : null;
}
