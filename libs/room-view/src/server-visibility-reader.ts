import { canServerSeeEvent, EMPTY_ROOT, historyVisibilityOf } from '@plexus/room-dag';
import type { HistoryVisibility, RoomEvent } from '@plexus/room-dag';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import { ServerMembers } from './server-members.ts';
import type { StateReader } from './state-reader.ts';
import type { RoomEventThere } from './visibility-reader.ts';

const VISIBILITY_KEYS = [{ type: 'm.room.history_visibility', stateKey: '' }];
const NOBODY = { hasJoined: false, hasInvited: false };
const EVERYBODY = { hasJoined: true, hasInvited: true };

/**
 * Decides what of a room's history a server may have in full (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events).
 * An event without known state counts as `shared`; one whose state is no longer stored is hidden. Whether the server's users are there is found out
 * only where the visibility at an event depends on it: see `ServerMembers`.
 */
export class ServerVisibilityReader {
  readonly #reader: Pick<RoomReader, 'findEvents' | 'findServerInRoom'>;
  readonly #states: StateReader;

  constructor(reader: Pick<RoomReader, 'findEvents' | 'findServerInRoom'>, states: StateReader) {
    this.#reader = reader;
    this.#states = states;
  }

  /** Whether a server that is in the room may see each of these events. */
  async view(room: RoomPlace, events: readonly RoomEventThere[], serverName: string): Promise<boolean[]> {
    const visibilities = await this.#readVisibilities(room, events);
    const members = new ServerMembers({ rooms: this.#reader, states: this.#states }, room, serverName);
    const views: boolean[] = [];
    for (const { stored, event } of events) {
      const { stateBefore } = stored;
      const historyVisibility = stateBefore === undefined ? 'shared' : visibilities.get(stateBefore);
      if (historyVisibility === undefined) views.push(false);
      else views.push(await canSee(event, members, { serverName, historyVisibility, root: stateBefore ?? EMPTY_ROOT }));
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

  #findEvents(room: RoomPlace, nids: readonly (number | undefined)[]): Promise<Map<number, StoredEvent>> {
    const known = nids.filter((nid) => nid !== undefined);
    return known.length === 0 ? Promise.resolve(new Map()) : this.#reader.findEvents(room.shard, known);
  }
}

/** @NOTE What a decision does not depend on is not looked up. */
async function canSee(
  event: RoomEvent,
  members: ServerMembers,
  {
    root,
    ...before
  }: { readonly serverName: string; readonly historyVisibility: HistoryVisibility; readonly root: number },
): Promise<boolean> {
  if (canServerSeeEvent(event, { ...before, ...NOBODY })) return true;
  if (!canServerSeeEvent(event, { ...before, ...EVERYBODY })) return false;
  if (canServerSeeEvent(event, { ...before, ...NOBODY, hasJoined: await members.hasJoined(root) })) return true;
  if (!canServerSeeEvent(event, { ...before, ...NOBODY, hasInvited: true })) return false;
  return members.hasInvited(root);
}
