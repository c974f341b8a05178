import { powerLevelOf, requiredNotificationLevel } from '@plexus/room-dag';
import type { PushContext, RoomEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { EventStore } from '../log/event-store.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomRows } from '../log/room-rows.ts';

export interface PushContextsOptions {
  readonly rows: RoomRows;
  readonly states: StateReader;
  readonly events: EventStore;
  readonly reader: Pick<RoomReader, 'findRoom'>;
}

/** Of a room that is gone. */
const NOTHING: ReadonlyMap<string, RoomEvent> = new Map();

/** Reads what conditions of push rules ask about the room, as it is at a position. */
export class PushContexts {
  readonly #options: PushContextsOptions;

  constructor(options: PushContextsOptions) {
    this.#options = options;
  }

  async read(room: RoomLog, position: number, userId: string): Promise<(sender: string) => PushContext> {
    const { reader, rows } = this.#options;
    const found = await reader.findRoom(room.roomId);
    const memberCount = found?.joinedCount ?? 0;
    const root = await rows.rootAt(room, position);
    const state = found === undefined ? NOTHING : await this.#readState(found, root, userId);
    const authState = { find: (type: string, stateKey: string) => state.get(`${type} ${stateKey}`) };
    const displayName = state.get(`m.room.member ${userId}`)?.content['displayname'];
    return (sender) => ({
      userId,
      displayName: typeof displayName === 'string' ? displayName : undefined,
      memberCount,
      get senderPowerLevel() {
        return powerLevelOf(sender, authState);
      },
      requiredNotificationLevel: (key) => requiredNotificationLevel(authState, key),
    });
  }

  async #readState(place: RoomPlace, root: number, userId: string): Promise<ReadonlyMap<string, RoomEvent>> {
    const keys = [
      { type: 'm.room.create', stateKey: '' },
      { type: 'm.room.power_levels', stateKey: '' },
      { type: 'm.room.member', stateKey: userId },
    ];
    const nids = (await this.#options.states.lookup(place, root, keys)) ?? [];
    const found = await this.#options.events.load(
      place,
      nids.filter((nid) => nid !== undefined),
    );
    return new Map(
      keys.flatMap(({ type, stateKey }, index) => {
        const event = found.get(nids[index] ?? -1);
        return event === undefined
          ? []
          : [[`${type} ${stateKey}`, readEvent(event.stored, place.roomVersion)] as const];
      }),
    );
  }
}
