import type { Provider, Type } from '@nestjs/common';
import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import { AdminRoomAccess } from './administration/admin-room-access.ts';
import { BlockRoom } from './administration/block-room.ts';
import { DeleteRoom, DELETE_ROOM } from './administration/delete-room.ts';
import { deleteRoomWork } from './administration/delete-room-work.ts';
import { DescribeOutdatedRooms } from './administration/describe-outdated-rooms.ts';
import { DescribeRoom } from './administration/describe-room.ts';
import { ForwardExtremities } from './administration/forward-extremities.ts';
import { JoinUser } from './administration/join-user.ts';
import { ListRooms } from './administration/list-rooms.ts';
import { MakeRoomAdmin } from './administration/make-room-admin.ts';
import { ManageReports } from './administration/manage-reports.ts';
import { ManageEventReports } from './administration/manage-event-reports.ts';
import { ReadRoomAsAdmin } from './administration/read-room-as-admin.ts';
import type { ReadAsAdminPorts } from './administration/read-room-as-admin.ts';
import { WalkSpace } from './administration/walk-space.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { composeUpgrades } from './compose-directory.ts';
import { composeJoinSteps } from './compose-join-steps.ts';
import { PublishRoom } from './directory/publish-room.ts';
import { PurgeHistory, PURGE_HISTORY } from './history/purge-history.ts';
import type { RetentionPolicy } from '@plexus/room-view';
import { RETENTION, retentionWork } from './history/retention-work.ts';
import { purgeHistoryWork } from './history/purge-history-work.ts';
import { DeleteRoomController } from './in/admin/delete-room.controller.ts';
import { EventReportsController } from './in/admin/event-reports.controller.ts';
import { RoomReportsController } from './in/admin/room-reports.controller.ts';
import { UserReportsController } from './in/admin/user-reports.controller.ts';
import { PurgeHistoryController } from './in/admin/purge-history.controller.ts';
import { AdminRoomEventsController } from './in/admin/room-events.controller.ts';
import { RoomListController } from './in/admin/room-list.controller.ts';
import { AdminRoomsController } from './in/admin/rooms.controller.ts';
import type { JobKinds } from './jobs/run-admin-jobs.ts';
import { provide } from './provide.ts';
import { ReadRoomAccess } from './reading/room-access.ts';
import { ChangeMembership } from './rooms/change-membership.ts';
import { ClaimAlias } from './rooms/claim-alias.ts';
import { CreateRoom } from './rooms/create-room.ts';
import { FindRoomToJoin } from './rooms/find-room-to-join.ts';
import { UPGRADE_ROOM } from './upgrade/upgrade-job.ts';
import { upgradeRoomWork } from './upgrade/upgrade-room-work.ts';

/** The endpoints for administrators that are about rooms. */
export const ADMIN_ROOM_CONTROLLERS: Type[] = [
  RoomListController,
  DeleteRoomController,
  AdminRoomsController,
  AdminRoomEventsController,
  PurgeHistoryController,
  EventReportsController,
  RoomReportsController,
  UserReportsController,
];

/** Makes the use cases that are about rooms, which read them as clients do. */
export function composeAdminRooms(ports: ClientApiPorts, reading: ReadAsAdminPorts): Provider[] {
  const { writer, random, admin } = ports;
  const { jobs, history, blocks, rooms: roomAdmin } = admin;
  const access = new AdminRoomAccess(ports);
  const { states, stateReader } = reading;
  const blockRoom = new BlockRoom({ blocks, writer, random });
  const findRoom = new FindRoomToJoin(ports);
  const changeMembership = new ChangeMembership({ ...ports, ...composeJoinSteps(ports) });
  return [
    provide(
      new ListRooms(
        { ...ports, ...admin, roomAdmin },
        new DescribeOutdatedRooms({ ...reading, ...admin, rooms: ports.rooms }),
      ),
    ),
    provide(blockRoom),
    provide(new DeleteRoom(access, blockRoom, { ...ports, jobs })),
    provide(new DescribeRoom(access, { states, stateReader, admin: roomAdmin })),
    provide(new ReadRoomAsAdmin(access, reading)),
    provide(new WalkSpace(access, { ...ports, states })),
    provide(new ForwardExtremities(access, { ...ports, history })),
    provide(new MakeRoomAdmin(access, { ...ports, states })),
    provide(new JoinUser({ ...ports, states, findRoom, changeMembership })),
    provide(new PurgeHistory(access, { ...ports, jobs, history })),
    provide(new ManageEventReports({ ...ports, states })),
    provide(new ManageReports(ports.reports)),
  ];
}

/** What the jobs that are about rooms do. */
export function roomJobKinds(ports: ClientApiPorts, policy: RetentionPolicy): JobKinds {
  const { history, jobs, rooms: roomAdmin } = ports.admin;
  const stateReader = new StateReader(ports.rooms, ports.stateNodes);
  const states = new RoomState(ports.rooms, stateReader, new RedactionReader(ports.rooms, stateReader));
  const now = (): number => ports.clock.now();
  const createRoom = new CreateRoom(
    { ...ports, keys: ports.servers },
    new ClaimAlias(ports.aliases, ports.rooms, ports.clock),
    new PublishRoom(ports),
  );
  const access = new ReadRoomAccess({ ...ports, states: stateReader });
  const upgradeRoom = composeUpgrades(ports, { access, states });
  return {
    [PURGE_HISTORY]: (run) => purgeHistoryWork(run, { ...ports, history }),
    [RETENTION]: (run) => retentionWork(run, { policy, now }, { ...ports, history, jobs, states }),
    [UPGRADE_ROOM]: (run) => upgradeRoomWork(run, upgradeRoom),
    [DELETE_ROOM]: (run) => deleteRoomWork(run, { ...ports, roomAdmin, createRoom }),
  };
}
