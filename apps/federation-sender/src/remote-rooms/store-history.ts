import type { ServerPair } from '@plexus/remote-servers';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import { chooseTimeline } from './choose-timeline.ts';
import type { StateBase } from './compare-states.ts';
import { fetchStateBefore } from './fetch-state-before.ts';
import type { FetchedState, FetchStatePorts } from './fetch-state-before.ts';
import { importEvents } from './import-room.ts';
import type { ImportOutcome, ImportPorts } from './import-room.ts';
import { refuse } from './refuse.ts';
import { citedIds } from './verify-events.ts';
import type { VerifiedEvent } from './verify-events.ts';

export interface StoreHistoryPorts extends FetchStatePorts, ImportPorts {}

/** Events of a room that is here, as a server gave them. */
export interface GivenHistory {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
  readonly pair: ServerPair;
  /** With the least depth first. */
  readonly events: readonly VerifiedEvent[];
  /** Whether they become the room's newest events; else they are older than what is here. */
  readonly afterGap: boolean;
  /** A state here that should differ little from the one before them. */
  readonly base: StateBase | undefined;
}

/** Gives events of another server their place in a room, by the state before the oldest of them. */
export async function storeHistory(ports: StoreHistoryPorts, given: GivenHistory): Promise<ImportOutcome> {
  const { room, rules, pair, events, afterGap, base } = given;
  const placed = await findPlaced(ports, room, events);
  const { events: timeline, anchor } = chooseTimeline(events, placed);
  if (timeline.length === 0) return { outcome: 'ok', eventIds: [] };
  const before =
    anchor === undefined
      ? NOTHING
      : await fetchStateBefore(ports, pair, { room, rules, eventId: anchor.eventId, base });
  if (before === undefined)
    return refuse('M_UNKNOWN', 502, `${pair.destination} does not give the state before ${anchor?.eventId ?? ''}`);
  return importHistory(ports, { ...given, before, timeline, afterGap });
}

const NOTHING: FetchedState = { auth: [], state: [], removed: [], baseEventId: undefined };

/** Has events stored without a place, for others cite them. */
export function storeOutliers(
  ports: ImportPorts,
  given: Omit<GivenHistory, 'afterGap' | 'base'>,
): Promise<ImportOutcome> {
  const before = { ...NOTHING, auth: given.events };
  return importHistory(ports, { ...given, before, timeline: [], afterGap: false });
}

function importHistory(
  ports: ImportPorts,
  {
    room,
    pair,
    before,
    timeline,
    afterGap,
  }: Omit<GivenHistory, 'events' | 'base'> & {
    readonly before: FetchedState;
    readonly timeline: readonly VerifiedEvent[];
  },
): Promise<ImportOutcome> {
  const { auth, state, removed, baseEventId } = before;
  return importEvents(ports, {
    roomId: room.roomId,
    parts: { auth, state, timeline, removed },
    command: (importId) => ({
      $case: 'storeHistory',
      value: {
        importId,
        roomVersion: room.roomVersion,
        origin: pair.destination,
        destination: pair.origin,
        afterGap,
        ...(baseEventId !== undefined && { baseEventId }),
      },
    }),
  });
}

/** Which of the events, and of those before them, have a place in the room already. */
async function findPlaced(
  { rooms }: FetchStatePorts,
  { shard, roomNid }: RoomRecord,
  events: readonly VerifiedEvent[],
): Promise<Set<string>> {
  const named = events.flatMap(({ eventId, pdu }) => [eventId, ...citedIds(pdu, 'prev_events')]);
  const found = await rooms.findEventsById(shard, roomNid, [...new Set(named)]);
  return new Set(
    [...found.values()].filter(({ stateAfter }) => stateAfter !== undefined).map(({ eventId }) => eventId),
  );
}
