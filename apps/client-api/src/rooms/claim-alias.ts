import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomAlias, RoomAliasRepository, RoomReader } from '@plexus/storage';

type Claim = Omit<RoomAlias, 'createdAt'>;

/** Longer than a room's owner is waited for: then an alias of no room belongs to a creation that is dead. */
const ABANDONED_AFTER_MS = 120_000;

/** Takes an alias for a room that is being made. */
export class ClaimAlias {
  readonly #aliases: RoomAliasRepository;
  readonly #rooms: Pick<RoomReader, 'findRoom'>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(aliases: RoomAliasRepository, rooms: Pick<RoomReader, 'findRoom'>, clock: Pick<Clock, 'now'>) {
    this.#aliases = aliases;
    this.#rooms = rooms;
    this.#clock = clock;
  }

  /** Takes the alias, makes the room, and gives the alias back where that failed. Throws `M_ROOM_IN_USE`. */
  async hold(claim: Claim, makeRoom: () => Promise<void>): Promise<void> {
    if (!(await this.take(claim))) {
      throw new MatrixError('M_ROOM_IN_USE', 400, `The room alias ${claim.roomAlias} is already taken`);
    }
    try {
      await makeRoom();
    } catch (error) {
      // Where the outcome is unknown the room may come to be, and the alias stays with it.
      if (error instanceof MatrixError && error.httpStatus < 500) {
        await this.#aliases.removeAlias(claim.roomAlias, claim.roomId);
      }
      throw error;
    }
  }

  async isFree(roomAlias: string): Promise<boolean> {
    return (await this.#aliases.findAlias(roomAlias)) === undefined;
  }

  /** Whether the alias is the room's now. One that a creation left behind is free. */
  async take(claim: Claim): Promise<boolean> {
    if (await this.#aliases.addAlias(claim)) return true;
    const holder = await this.#aliases.findAlias(claim.roomAlias);
    if (holder === undefined) return this.#aliases.addAlias(claim);
    const isRecent = this.#clock.now() - holder.createdAt < ABANDONED_AFTER_MS;
    if (isRecent || (await this.#rooms.findRoom(holder.roomId)) !== undefined) return false;
    await this.#aliases.removeAlias(claim.roomAlias, holder.roomId);
    return this.#aliases.addAlias(claim);
  }
}
