import { authStateOf, powerLevelOf, requiredPowerLevel } from '@plexus/room-dag';
import type { AuthState } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomRecord } from '@plexus/storage';

const KEYS = [
  { type: 'm.room.create', stateKey: '' },
  { type: 'm.room.power_levels', stateKey: '' },
];

/** Who may do what in a room, by its current state. */
export class RoomPowers {
  readonly #states: RoomState;

  constructor(states: RoomState) {
    this.#states = states;
  }

  /** Whether the user has the power level for a state event. Whether they are in the room is another question. */
  async canSendState(room: RoomRecord, userId: string, type: string): Promise<boolean> {
    const state = await this.read(room);
    return powerLevelOf(userId, state) >= requiredPowerLevel(state, type, true);
  }

  /** The create event and the power levels. */
  async read(room: RoomRecord): Promise<AuthState> {
    return authStateOf(await this.#states.findMany(room, room.currentRoot, KEYS));
  }
}
