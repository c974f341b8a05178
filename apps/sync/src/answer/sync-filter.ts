import { matchesEventFilter, matchesRoom } from '@plexus/matrix-api';
import type { FilterDefinition, FilteredEvent, RoomEventFilter } from '@plexus/matrix-api';
import { parseEventFields } from '../render/event-fields.ts';
import type { EventFields } from '../render/event-fields.ts';

/** A filter as `/sync` applies it (https://spec.matrix.org/v1.19/client-server-api/#filtering). */
export interface SyncFilter {
  readonly format: 'client' | 'federation';
  readonly fields: EventFields | undefined;
  readonly includesLeave: boolean;
  readonly lazyLoadsMembers: boolean;
  readonly includesRedundantMembers: boolean;
  readonly timelineLimit: number;
  readonly countsThreads: boolean;
  matchesRoom(roomId: string): boolean;
  matchesTimeline(roomId: string, event: FilteredEvent): boolean;
  matchesState(roomId: string, event: FilteredEvent): boolean;
  matchesPresence(type: string, sender: string): boolean;
  matchesEphemeral(roomId: string, type: string): boolean;
  matchesAccountData(type: string): boolean;
  matchesRoomAccountData(roomId: string, type: string): boolean;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

export function compileFilter({
  room = {},
  account_data = {},
  presence = {},
  event_fields,
  event_format,
}: FilterDefinition): SyncFilter {
  const { timeline = {}, state = {}, ephemeral = {}, account_data: roomAccountData = {} } = room;
  return {
    format: event_format ?? 'client',
    fields: event_fields === undefined ? undefined : parseEventFields(event_fields),
    includesLeave: room.include_leave ?? false,
    lazyLoadsMembers: state.lazy_load_members ?? false,
    includesRedundantMembers: state.include_redundant_members ?? false,
    countsThreads: timeline.unread_thread_notifications ?? false,
    timelineLimit: Math.min(timeline.limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    matchesRoom: (roomId) => matchesRoom(roomId, room),
    matchesTimeline: (roomId, event) => matches(roomId, event, timeline),
    matchesState: (roomId, event) => matches(roomId, event, state),
    matchesPresence: (type, sender) => matchesEventFilter({ type, sender, content: {} }, presence),
    matchesEphemeral: (roomId, type) => matches(roomId, senderless(type), ephemeral),
    matchesAccountData: (type) => matchesEventFilter(senderless(type), account_data),
    matchesRoomAccountData: (roomId, type) =>
      matchesRoom(roomId, room) && matches(roomId, senderless(type), roomAccountData),
  };
}

function matches(roomId: string, event: FilteredEvent, filter: RoomEventFilter): boolean {
  return matchesRoom(roomId, filter) && matchesEventFilter(event, filter);
}

/** What is no room event has no sender: a filter that names senders lets none of it through. */
function senderless(type: string): FilteredEvent {
  return { type, sender: '', content: {} };
}
