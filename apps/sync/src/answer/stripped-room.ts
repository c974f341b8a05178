import { STRIPPED_STATE_TYPES, toStrippedState } from '@plexus/room-dag';
import type { RedactionReader, RoomPlace, StateReader } from '@plexus/room-view';
import type { JsonObject } from '@plexus/matrix-base';
import type { AccountSettings } from '@plexus/user-streams';
import type { EventStore } from '../log/event-store.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { RoomTask } from './room-task.ts';
import type { SyncRequest } from './sync-request.ts';

export interface StrippedRoomReaderOptions {
  readonly rows: RoomRows;
  readonly states: StateReader;
  readonly events: EventStore;
  readonly redactions: RedactionReader;
}

/** Reads what the user is told of a room to which they are invited or on which they knocked (https://spec.matrix.org/v1.19/client-server-api/#stripped-state). */
export class StrippedRoomReader {
  readonly #options: StrippedRoomReaderOptions;

  constructor(options: StrippedRoomReaderOptions) {
    this.#options = options;
  }

  /** A JSON array. Nothing for an invite from somebody whom the user ignores. */
  async read({ room, membership, request, settings }: RoomTask): Promise<string | undefined> {
    if (membership.strippedState !== undefined) return readWithoutRoom(membership.strippedState, request, settings);
    const row = await this.#options.rows.findLast(room, membership.position);
    if (row === undefined) return '[]';
    const place = { shard: room.shard, roomNid: room.roomNid, roomVersion: row.roomVersion };
    const sender = await this.#findSender(place, row.currentRoot, request.userId);
    if (sender !== undefined && settings.ignored.has(sender)) return undefined;
    const members = [...new Set([request.userId, sender ?? request.userId])];
    const keys = [
      ...STRIPPED_STATE_TYPES.map((type) => ({ type: type as string, stateKey: '' })),
      ...members.map((stateKey) => ({ type: 'm.room.member', stateKey })),
    ];
    const nids = (await this.#options.states.lookup(place, row.currentRoot, keys)) ?? [];
    return await this.#strip(
      place,
      nids.filter((nid) => nid !== undefined),
    );
  }

  /** Who sent the user's membership. */
  async #findSender(place: RoomPlace, root: number, stateKey: string): Promise<string | undefined> {
    const nids = await this.#options.states.lookup(place, root, [{ type: 'm.room.member', stateKey }]);
    const nid = nids?.[0];
    if (nid === undefined) return undefined;
    return (await this.#options.events.load(place, [nid])).get(nid)?.traits.sender;
  }

  async #strip(place: RoomPlace, nids: readonly number[]): Promise<string> {
    const events = await this.#options.events.load(place, nids);
    const stripped: string[] = [];
    for (const nid of nids) {
      const event = events.get(nid);
      if (event === undefined) continue;
      const shown = await this.#options.redactions.show(place, event.stored);
      stripped.push(JSON.stringify(toStrippedState(shown.event)));
    }
    return `[${stripped.join(',')}]`;
  }
}

function readWithoutRoom(
  strippedState: Buffer,
  { userId }: SyncRequest,
  { ignored }: AccountSettings,
): string | undefined {
  const text = strippedState.toString();
  if (ignored.size === 0) return text;
  const events = JSON.parse(text) as readonly JsonObject[];
  const own = events.find((event) => event['type'] === 'm.room.member' && event['state_key'] === userId);
  return typeof own?.['sender'] === 'string' && ignored.has(own['sender']) ? undefined : text;
}
