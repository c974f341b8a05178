import type { Provider, Type } from '@nestjs/common';
import { composeAdminRooms } from './compose-admin-rooms.ts';
import {
  AggregationReader,
  ErasedEvents,
  RedactionReader,
  retentionPolicyOf,
  RoomExpiry,
  RoomState,
  StateReader,
  VisibilityReader,
} from '@plexus/room-view';
import type { ClientApiPorts } from './client-api-ports.ts';
import { composeDirectory, DIRECTORY_CONTROLLERS } from './compose-directory.ts';
import { composeEphemeral, EPHEMERAL_CONTROLLERS } from './compose-ephemeral.ts';
import type { ClientApiConfig } from './config.ts';
import { EventByIdController } from './in/client/event-by-id.controller.ts';
import { JoinedRoomsController } from './in/client/joined-rooms.controller.ts';
import { ContextController } from './in/client/rooms/context.controller.ts';
import { EventController } from './in/client/rooms/event.controller.ts';
import { EventAtController } from './in/client/rooms/event-at.controller.ts';
import { InitialSyncController } from './in/client/rooms/initial-sync.controller.ts';
import { MembersController } from './in/client/rooms/members.controller.ts';
import { MessagesController } from './in/client/rooms/messages.controller.ts';
import { RelationsController } from './in/client/rooms/relations.controller.ts';
import { SearchController } from './in/client/search.controller.ts';
import { provide } from './provide.ts';
import { FetchHistory } from './reading/fetch-history.ts';
import { FetchEventAt } from './reading/fetch-event-at.ts';
import { FindEventAt } from './reading/find-event-at.ts';
import { FindVisibleEvent } from './reading/find-visible-event.ts';
import { GetContext } from './reading/get-context.ts';
import { GetEvent } from './reading/get-event.ts';
import { GetEventById } from './reading/get-event-by-id.ts';
import { GetInitialSync } from './reading/get-initial-sync.ts';
import { GetState } from './reading/get-state.ts';
import { ListJoinedRooms } from './reading/list-joined-rooms.ts';
import { ListMembers } from './reading/list-members.ts';
import { ListMessages } from './reading/list-messages.ts';
import { ListRelations } from './reading/list-relations.ts';
import { ListThreads } from './reading/list-threads.ts';
import { ReadSurroundings } from './reading/read-surroundings.ts';
import { ReadTimeline } from './reading/read-timeline.ts';
import { ReadRoomAccess } from './reading/room-access.ts';
import { ShowEvents } from './reading/show-events.ts';
import { TimelinePlaces } from './reading/timeline-place.ts';
import { FindHits } from './searching/find-hits.ts';
import { ReadHitContext } from './searching/read-hit-context.ts';
import { SearchMessages } from './searching/search-messages.ts';

/** Endpoints about rooms as users see them: what is in them, where they are found, and what is not stored. */
export const READING_CONTROLLERS: Type[] = [
  JoinedRoomsController,
  EventController,
  EventByIdController,
  ContextController,
  RelationsController,
  InitialSyncController,
  SearchController,
  EventAtController,
  MessagesController,
  MembersController,
  ...DIRECTORY_CONTROLLERS,
  ...EPHEMERAL_CONTROLLERS,
];

/** Makes the use cases behind them, and those of administrators that see rooms the same way. */
export function composeReading(config: ClientApiConfig, ports: ClientApiPorts): Provider[] {
  const { rooms, relations, userRooms, stateNodes, clock } = ports;
  const stateReader = new StateReader(rooms, stateNodes);
  const redactions = new RedactionReader(rooms, stateReader);
  const states = new RoomState(rooms, stateReader, redactions);
  const expiry = new RoomExpiry(
    { ...ports, history: ports.admin.history, states },
    retentionPolicyOf(config.retention),
  );
  const visibility = new VisibilityReader(rooms, stateReader, expiry);
  const access = new ReadRoomAccess({ ...ports, states: stateReader });
  const places = new TimelinePlaces(rooms, ports.positions);
  const erased = new ErasedEvents(ports.users);
  const aggregations = new AggregationReader({ relations, rooms, redactions, visibility, erased });
  const showEvents = new ShowEvents({
    rooms,
    states: stateReader,
    redactions,
    visibility,
    erased,
    aggregations,
    settings: ports.settings,
    clock,
  });
  const timeline = new ReadTimeline(rooms, showEvents);
  const surroundings = new ReadSurroundings(timeline);
  const findEvent = new FindVisibleEvent(rooms, showEvents);
  const getEvent = new GetEvent(access, findEvent, showEvents);
  return [
    ...composeAdminRooms(ports, { rooms, stateReader, showEvents, timeline, states, places, surroundings, findEvent }),
    provide(new GetState(access, states, clock)),
    provide(getEvent),
    provide(new GetEventById(rooms, getEvent)),
    provide(new GetContext(access, { findEvent, surroundings, places, states }, showEvents)),
    provide(new FindEventAt({ access, rooms, showEvents, fetch: new FetchEventAt(ports) })),
    provide(new ListMessages(access, { timeline, places, states, history: new FetchHistory(ports) }, showEvents)),
    provide(
      new GetInitialSync(
        access,
        { timeline, places, states, userRooms, accountData: ports.accountData, directory: ports.admin.rooms },
        showEvents,
      ),
    ),
    provide(new ListRelations(access, { rooms, relations, places, findEvent }, showEvents)),
    provide(new ListThreads(access, { rooms, relations, places }, showEvents)),
    provide(new ListMembers(access, { rooms, places, states })),
    provide(new ListJoinedRooms(userRooms)),
    provide(composeSearch(config, ports, { access, showEvents, states, surroundings, places })),
    ...composeDirectory(config, ports, { access, showEvents, states }),
    ...composeEphemeral(ports, { access, states }),
  ];
}

function composeSearch(
  { search: options }: ClientApiConfig,
  { search, rooms, userRooms }: ClientApiPorts,
  { access, showEvents, states, surroundings, places }: SearchParts,
): SearchMessages {
  const findHits = new FindHits({ search, rooms, userRooms, access, states, showEvents }, options.language);
  const contexts = new ReadHitContext({ surroundings, places, states }, showEvents);
  return new SearchMessages({ findHits, contexts, showEvents, search }, options);
}

interface SearchParts {
  readonly access: ReadRoomAccess;
  readonly showEvents: ShowEvents;
  readonly states: RoomState;
  readonly surroundings: ReadSurroundings;
  readonly places: TimelinePlaces;
}
