import { backfill } from '@plexus/remote-servers';
import type { ServerPair } from '@plexus/remote-servers';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { BackwardExtremity, RoomRecord } from '@plexus/storage';
import type { StateBase } from './compare-states.ts';
import { storeHistory } from './store-history.ts';
import type { StoreHistoryPorts } from './store-history.ts';
import { verifyEvents } from './verify-events.ts';

export interface WantedHistory {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
  readonly eventIds: readonly string[];
  readonly limit: number;
  /** The state before what follows the wanted events. */
  readonly base: StateBase | undefined;
}

/** Fetches events that stored ones follow, and what lies before them, from one server: ids of those that are stored now, none where it does not help. */
export async function fetchHistory(
  ports: StoreHistoryPorts,
  pair: ServerPair,
  { room, rules, eventIds, limit, base }: WantedHistory,
): Promise<readonly string[]> {
  const { roomId } = room;
  const answer = await backfill(ports.servers, pair, { roomId, eventIds, limit });
  if (answer.outcome !== 'ok') return [];
  const events = await verifyEvents(ports.checker, { roomId, rules }, answer.value.pdus);
  const stored = await storeHistory(ports, { room, rules, pair, events, base, afterGap: false });
  return stored.outcome === 'ok' ? stored.eventIds : [];
}

/** The state before the event after which history goes on elsewhere. */
export async function findFollowerBase(
  { rooms }: Pick<StoreHistoryPorts, 'rooms'>,
  { shard }: RoomRecord,
  { eventId, eventNid }: BackwardExtremity,
): Promise<StateBase | undefined> {
  const follower = (await rooms.findEvents(shard, [eventNid])).get(eventNid);
  return follower?.stateBefore === undefined ? undefined : { eventId, root: follower.stateBefore };
}
