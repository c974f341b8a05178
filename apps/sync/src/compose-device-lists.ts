import { StateReader } from '@plexus/room-view';
import { DeviceListsReader } from './answer/device-lists.ts';
import { ChangedDeviceLists } from './device-lists/changed-device-lists.ts';
import { DeviceListFollower } from './device-lists/device-list-follower.ts';
import type { FollowedChange } from './device-lists/device-list-follower.ts';
import { JoinedRoomsReader } from './device-lists/joined-rooms.ts';
import { RemoteJoinedRooms } from './device-lists/remote-joined-rooms.ts';
import { SharedRooms } from './device-lists/shared-rooms.ts';
import { SharingUsers } from './device-lists/sharing-users.ts';
import type { EventStore } from './log/event-store.ts';
import { RoomRows } from './log/room-rows.ts';
import type { UserSessions } from './sessions/user-sessions.ts';
import type { SyncParts, SyncPorts } from './sync-parts.ts';

export function composeRemoteJoinedRooms({ reader, stateNodes }: SyncPorts, events: EventStore): RemoteJoinedRooms {
  return new RemoteJoinedRooms({ reader, states: new StateReader(reader, stateNodes), events });
}

export function composeDeviceLists(
  ports: SyncPorts,
  {
    tail,
    events,
    sessions,
    remoteJoinedRooms,
  }: Pick<SyncParts, 'tail' | 'sessions'> & {
    readonly events: EventStore;
    readonly remoteJoinedRooms: RemoteJoinedRooms;
  },
): { readonly deviceLists: DeviceListFollower; readonly listDeviceLists: DeviceListsReader } {
  const { reader, clock, failed, stateNodes } = ports;
  const states = new StateReader(reader, stateNodes);
  const joinedRooms = new JoinedRoomsReader(ports.userRooms, tail);
  const deviceLists = new DeviceListFollower({
    reader: ports.deviceLists,
    joinedRooms: (userId) => (ports.wantsMember(userId) ? joinedRooms : remoteJoinedRooms).read(userId),
    changed: (change) => wakeForDeviceList(sessions, change),
    clock,
    failed,
  });
  const sharedRooms = new SharedRooms({ rows: new RoomRows(tail, reader), states, events });
  const listDeviceLists = new DeviceListsReader({
    changes: new ChangedDeviceLists(deviceLists, ports.deviceLists, {
      isHosted: ports.wantsMember,
      sharing: new SharingUsers({ reader, sharedRooms }),
    }),
    sharedRooms,
    joinedRooms: async (userId) => (ports.wantsMember(userId) ? joinedRooms.read(userId) : undefined),
  });
  return { deviceLists, listDeviceLists };
}

/** Whoever shares a room with the user waits for what changes there. */
function wakeForDeviceList(sessions: UserSessions, { userId, seenBy, roomIds }: FollowedChange): void {
  sessions.wakeUser(seenBy ?? userId);
  if (seenBy === undefined) for (const roomId of roomIds) sessions.wake(roomId);
}
