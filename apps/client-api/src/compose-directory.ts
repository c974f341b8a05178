import type { Provider, Type } from '@nestjs/common';
import type { RoomState } from '@plexus/room-view';
import type { ClientApiPorts } from './client-api-ports.ts';
import type { ClientApiConfig } from './config.ts';
import { composeJoinSteps } from './compose-join-steps.ts';
import { directoryRules, lookUpRules, profileRules, userDirectoryRules } from './config.ts';
import { ChangeProfile } from './profiles/change-profile.ts';
import { FindVisibleUsers } from './profiles/find-visible-users.ts';
import { GetProfile } from './profiles/get-profile.ts';
import { ProfileController } from './in/client/profile.controller.ts';
import { AddAlias } from './directory/add-alias.ts';
import { FindRoomsWith } from './directory/find-rooms-with.ts';
import { ListAliases } from './directory/list-aliases.ts';
import { ListMutualRooms } from './directory/list-mutual-rooms.ts';
import { ListPublicRooms } from './directory/list-public-rooms.ts';
import { PublishRoom } from './directory/publish-room.ts';
import { RoomVisibility } from './directory/room-visibility.ts';
import { PublicRoomsController } from './in/client/public-rooms.controller.ts';
import { RemoveAlias } from './directory/remove-alias.ts';
import { ResolveAlias } from './directory/resolve-alias.ts';
import { RoomPowers } from './directory/room-powers.ts';
import { AliasesController } from './in/client/aliases.controller.ts';
import { KnockController } from './in/client/knock.controller.ts';
import { MutualRoomsController } from './in/client/mutual-rooms.controller.ts';
import { SpacesController } from './in/client/spaces.controller.ts';
import { UserDirectoryController } from './in/client/user-directory.controller.ts';
import { UpgradeController } from './in/client/upgrade.controller.ts';
import { ReportController } from './in/client/report.controller.ts';
import type { ReadRoomAccess } from './reading/room-access.ts';
import type { ShowEvents } from './reading/show-events.ts';
import { ReportContent } from './reports/report-content.ts';
import { FindRoomToJoin } from './rooms/find-room-to-join.ts';
import { FindRemoteRoom } from './spaces/find-remote-room.ts';
import { FindSeenRoom } from './spaces/find-seen-room.ts';
import { GetHierarchy } from './spaces/get-hierarchy.ts';
import { GetRoomSummary } from './spaces/get-room-summary.ts';
import { SearchUsers } from './user-directory/search-users.ts';
import { LeaveOldRoom } from './upgrade/leave-old-room.ts';
import { UpgradeRoom } from './upgrade/upgrade-room.ts';
import { ClaimAlias } from './rooms/claim-alias.ts';

/** The endpoints about rooms and people that one does not yet share a room with. */
export const DIRECTORY_CONTROLLERS: Type[] = [
  AliasesController,
  KnockController,
  MutualRoomsController,
  ProfileController,
  PublicRoomsController,
  SpacesController,
  UpgradeController,
  UserDirectoryController,
  ReportController,
];

/** What reading rooms shares with them. */
export interface DirectoryReaders {
  readonly access: ReadRoomAccess;
  readonly showEvents: ShowEvents;
  readonly states: RoomState;
}

export function composeDirectory(
  config: ClientApiConfig,
  ports: ClientApiPorts,
  { access, showEvents, states }: DirectoryReaders,
): Provider[] {
  const { aliases, rooms, clock, userRooms } = ports;
  const named = { ...ports, aliases: ports.storedAliases };
  const powers = new RoomPowers(states);
  const seenRooms = new FindSeenRoom({ ...ports, states });
  const elsewhere = new FindRemoteRoom(ports);
  const roomsWith = new FindRoomsWith({ ...ports, states });
  return [
    provide(new ResolveAlias(named, new FindRoomToJoin(named))),
    provide(new AddAlias(access, new ClaimAlias(aliases, rooms, clock), ports.appservices.registry)),
    provide(new RemoveAlias(ports, states, powers)),
    provide(new ListAliases(access, aliases)),
    provide(new ListMutualRooms({ ...ports, roomsWith })),
    provide(new RoomVisibility({ ...ports, states, powers }, new PublishRoom(ports))),
    provide(new ListPublicRooms({ ...ports, states }, directoryRules(config))),
    provide(new GetRoomSummary({ findRoom: new FindRoomToJoin(named), seenRooms, elsewhere, userRooms })),
    provide(new GetHierarchy({ ...ports, states, seenRooms, elsewhere })),
    provide(composeUpgrades(ports, { access, states })),
    provide(new ReportContent(ports, access, showEvents)),
    ...composeProfiles(config, ports, roomsWith),
  ];
}

/** What upgrades rooms, for requests and for the job that finishes those which were interrupted. */
export function composeUpgrades(
  ports: ClientApiPorts,
  { access, states }: Pick<DirectoryReaders, 'access' | 'states'>,
): UpgradeRoom {
  const leaveOldRoom = new LeaveOldRoom({ ...ports, states }, new PublishRoom(ports));
  const { carrySettings } = composeJoinSteps(ports);
  const own = { states, carrySettings, keys: ports.servers, jobs: ports.admin.jobs };
  return new UpgradeRoom({ ...ports, ...own }, access, leaveOldRoom);
}

function composeProfiles(config: ClientApiConfig, ports: ClientApiPorts, roomsWith: FindRoomsWith): Provider[] {
  const visibleUsers = new FindVisibleUsers({ ...ports, roomsWith });
  return [
    provide(new ChangeProfile(ports, profileRules(config))),
    provide(new SearchUsers(ports.userDirectory, visibleUsers, ports.appservices.registry, userDirectoryRules(config))),
    provide(new GetProfile({ ...ports, profiles: ports.storedProfiles }, visibleUsers, lookUpRules(config))),
  ];
}

/** An instance under its class. */
function provide(useValue: object): Provider {
  return { provide: useValue.constructor, useValue };
}
