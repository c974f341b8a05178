import type { StateReader } from '@plexus/room-view';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomRows } from '../log/room-rows.ts';

export interface IgnoredSendersOptions {
  readonly rows: Pick<RoomRows, 'rootAt'>;
  readonly states: Pick<StateReader, 'lookup'>;
}

/** Of whom more are ignored, it is not looked for them. */
const MAX_LOOKED_FOR = 100;

/** Finds the rooms in which somebody speaks whom a user ignores: counts of all others are right as they are. */
export class IgnoredSenders {
  readonly #options: IgnoredSendersOptions;

  constructor(options: IgnoredSendersOptions) {
    this.#options = options;
  }

  /** Whether any of these users has ever been in the room, as its state at a position knows. The cost does not follow the room. */
  async mayBeIn(room: RoomLog, position: number, ignored: ReadonlySet<string>): Promise<boolean> {
    if (ignored.size === 0) return false;
    if (ignored.size > MAX_LOOKED_FOR) return true;
    const root = await this.#options.rows.rootAt(room, position);
    const keys = [...ignored].map((userId) => ({ type: 'm.room.member', stateKey: userId }));
    const memberships = await this.#options.states.lookup(room, root, keys);
    return memberships === undefined || memberships.some((eventNid) => eventNid !== undefined);
  }
}
