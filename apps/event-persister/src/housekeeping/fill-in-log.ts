import { serverNameOf } from '@plexus/matrix-base';
import { authStateOf, findRelation, notificationOf, powerLevelOf, requiredNotificationLevel } from '@plexus/room-dag';
import type { AuthState, RoomEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { FilledRelation, HostedServers, LogBackfill, LogFilling, RoomLogRow, RoomReader } from '@plexus/storage';
import { MAIN_THREAD, threadOf } from '../receipts/thread-of.ts';
import { relationOf } from '../rooms/relation-of.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';

export interface FillInLogPorts {
  readonly backfill: LogBackfill;
  readonly rooms: Pick<RoomReader, 'readLog' | 'findEvents' | 'findEventsById'>;
  readonly states: StateReader;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

type Highlights = LogFilling['highlights'];

const PAGE = 200;
const MAX_HOPS = 3;
const LEVEL_KEYS = ['m.room.create', 'm.room.power_levels'].map((type) => ({ type, stateKey: '' }));

/**
 * Makes up relations and highlights for events that were stored before there were tables for them: a piece of an owned shard's log after the other,
 * from where it was left. What is there stays.
 */
export class FillInLog {
  readonly #ports: FillInLogPorts;

  constructor(ports: FillInLogPorts) {
    this.#ports = ports;
  }

  /** The next piece; whether there is more. What is stored from now on is stored in full: the first piece says where it ends. */
  async execute(owned: OwnedShard, limit = PAGE): Promise<boolean> {
    const { backfill, rooms } = this.#ports;
    const { shard } = owned;
    const { position, endsAt } = await backfill.beginBackfill(shard, owned.counters.position);
    if (position >= endsAt) return false;
    const read = await rooms.readLog({ shard, after: position, upTo: endsAt, limit, order: 'ascending' });
    const upTo = read.length < limit ? endsAt : (read.at(-1)?.position ?? endsAt);
    const accepted = read.filter(({ event }) => event?.status === 'accepted');
    const highlights = await Promise.all(accepted.map((row) => this.#highlightsOf(row)));
    const filling = { upTo, relations: accepted.flatMap(relationIn), highlights: highlights.flat() };
    return (await backfill.fillIn(owned, filling)) && upTo < endsAt;
  }

  /** Of an event that was not counted when it was stored. It is in no count, so its row says so. */
  async #highlightsOf(row: RoomLogRow): Promise<Highlights> {
    const { event: stored, roomNid, position, roomVersion } = row;
    if (stored === undefined || stored.unread !== undefined) return [];
    const event = readEvent(stored, roomVersion);
    const { mentions, highlights } = notificationOf(event, levelsOf(event, await this.#readLevels(row)));
    const users = mentions.filter((userId) => this.#ports.servers.isHosted(serverNameOf(userId)));
    const userIds = highlights ? [''] : users;
    if (userIds.length === 0) return [];
    const thread = await this.#threadOf(row, event);
    const threadId = thread === MAIN_THREAD ? undefined : thread;
    return userIds.map((userId) => ({ roomNid, userId, position, threadId }));
  }

  /** Only who wants to reach everybody needs the power to. */
  async #readLevels(row: RoomLogRow): Promise<AuthState | undefined> {
    const { event, shard, previousRoot } = row;
    if (event === undefined || !/@room|"room":true/.test(event.json.toString())) return undefined;
    const nids = (await this.#ports.states.lookup(row, previousRoot, LEVEL_KEYS)) ?? [];
    const found = await this.#ports.rooms.findEvents(
      shard,
      nids.filter((nid) => nid !== undefined),
    );
    return authStateOf([...found.values()].map((stored) => readEvent(stored, row.roomVersion)));
  }

  async #threadOf(row: RoomLogRow, event: RoomEvent): Promise<string> {
    const known = new Map<string, { readonly event: RoomEvent }>();
    let current: RoomEvent | undefined = event;
    for (let hop = 0; current !== undefined && hop < MAX_HOPS; hop += 1) {
      const parentId: string | undefined = findRelation(current.content)?.parentEventId;
      if (parentId === undefined) break;
      const found = await this.#ports.rooms.findEventsById(row.shard, row.roomNid, [parentId]);
      const stored = found.get(parentId);
      current = stored && readEvent(stored, row.roomVersion);
      if (current !== undefined) known.set(parentId, { event: current });
    }
    return threadOf(event, { eventById: (eventId) => known.get(eventId) });
  }
}

function relationIn({ event: stored, roomNid, roomVersion }: RoomLogRow): FilledRelation[] {
  if (stored?.topologicalPosition === undefined || stored.redactedBy.length > 0) return [];
  const relation = relationOf(readEvent(stored, roomVersion));
  if (relation === undefined) return [];
  const { eventNid, eventId, topologicalPosition } = stored;
  return [{ ...relation, eventNid, eventId, roomNid, topologicalPosition }];
}

function levelsOf({ sender }: RoomEvent, state: AuthState | undefined): Parameters<typeof notificationOf>[1] {
  if (state === undefined) return { senderPowerLevel: 0, requiredNotificationLevel: () => Infinity };
  return {
    senderPowerLevel: powerLevelOf(sender, state),
    requiredNotificationLevel: (key) => requiredNotificationLevel(state, key),
  };
}
