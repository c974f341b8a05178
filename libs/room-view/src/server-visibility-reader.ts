import { findServerName } from '@plexus/matrix-base';
import { canServerSeeEvent, historyVisibilityOf } from '@plexus/room-dag';
import type { HistoryVisibility, StateEntry } from '@plexus/room-dag';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import type { StateReader } from './state-reader.ts';
import type { RoomEventThere } from './visibility-reader.ts';

interface ServerThere {
  readonly hasJoined: boolean;
  readonly hasInvited: boolean;
}

const VISIBILITY_KEYS = [{ type: 'm.room.history_visibility', stateKey: '' }];
const NOBODY: ServerThere = { hasJoined: false, hasInvited: false };

/**
 * Decides what of a room's history a server may have in full (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events).
 * An event without known state counts as `shared`; one whose state is no longer stored is hidden. Members are looked through only where the
 * visibility at an event depends on them, once for each state and no further than to the first who is joined.
 */
export class ServerVisibilityReader {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #states: StateReader;

  constructor(reader: Pick<RoomReader, 'findEvents'>, states: StateReader) {
    this.#reader = reader;
    this.#states = states;
  }

  /** Whether a server that is in the room may see each of these events. */
  async view(room: RoomPlace, events: readonly RoomEventThere[], serverName: string): Promise<boolean[]> {
    const visibilities = await this.#readVisibilities(room, events);
    const members = new Map<number, ServerThere>();
    const views: boolean[] = [];
    for (const { stored, event } of events) {
      const { stateBefore } = stored;
      const historyVisibility = stateBefore === undefined ? 'shared' : visibilities.get(stateBefore);
      if (historyVisibility === undefined) {
        views.push(false);
        continue;
      }
      const before = { serverName, historyVisibility };
      if (canServerSeeEvent(event, { ...before, ...NOBODY })) {
        views.push(true);
        continue;
      }
      const root = stateBefore ?? 0;
      const there = members.get(root) ?? (await this.#readMembers(room, root, serverName));
      members.set(root, there);
      views.push(canServerSeeEvent(event, { ...before, ...there }));
    }
    return views;
  }

  /** The history visibility in each state that one of the events came to; nothing for those that are no longer stored. */
  async #readVisibilities(room: RoomPlace, events: readonly RoomEventThere[]): Promise<Map<number, HistoryVisibility>> {
    const nidsAt = new Map<number, number | undefined>();
    for (const { stored } of events) {
      const root = stored.stateBefore;
      if (root === undefined || nidsAt.has(root)) continue;
      const nids = await this.#states.lookup(room, root, VISIBILITY_KEYS);
      if (nids !== undefined) nidsAt.set(root, nids[0]);
    }
    const found = await this.#findEvents(room, [...new Set(nidsAt.values())]);
    return new Map(
      [...nidsAt].map(([root, nid]) => {
        const stored = nid === undefined ? undefined : found.get(nid);
        return [root, historyVisibilityOf(stored && readEvent(stored, room.roomVersion))];
      }),
    );
  }

  async #readMembers(room: RoomPlace, root: number, serverName: string): Promise<ServerThere> {
    let hasInvited = false;
    for await (const page of this.#states.pages(room, root, 'members')) {
      const own = page.filter(({ stateKey }) => findServerName(stateKey) === serverName);
      const memberships = await this.#readMemberships(room, own);
      if (memberships.includes('join')) return { hasJoined: true, hasInvited };
      hasInvited ||= memberships.includes('invite');
    }
    return { hasJoined: false, hasInvited };
  }

  async #readMemberships(room: RoomPlace, entries: readonly StateEntry[]): Promise<unknown[]> {
    const found = await this.#findEvents(
      room,
      entries.map(({ eventNid }) => eventNid),
    );
    return [...found.values()].map((stored) => readEvent(stored, room.roomVersion).content['membership']);
  }

  #findEvents(room: RoomPlace, nids: readonly (number | undefined)[]): Promise<Map<number, StoredEvent>> {
    const known = nids.filter((nid) => nid !== undefined);
    return known.length === 0 ? Promise.resolve(new Map()) : this.#reader.findEvents(room.shard, known);
  }
}
