import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { GuestMembershipReader } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { departureOf } from '../rooms/departure-of.ts';
import { executeForJob } from '../rooms/execute-for-job.ts';
import type { RequireGuestAccess } from '../rooms/require-guest-access.ts';

export interface PartGuestsPorts {
  readonly guests: GuestMembershipReader;
  readonly guestAccess: Pick<RequireGuestAccess, 'isOpen'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
  readonly clock: Clock;
}

const PAUSE_MS = 60_000;
/** So many rooms are looked into before the next pause. */
const ROOMS_AT_ONCE = 100;
const GUESTS_AT_ONCE = 100;

/**
 * Parts guests from rooms that take none any more (https://spec.matrix.org/v1.19/client-server-api/#guest-access): at once where a hosted user has decided
 * so, and by looking now and then where somebody of another server has, or where a process died before it was done.
 */
export class PartGuests {
  readonly #ports: PartGuestsPorts;
  #after = '';

  constructor(ports: PartGuestsPorts) {
    this.#ports = ports;
  }

  /** Looks until the signal aborts. */
  async runUntil(stopping: AbortSignal, failed: (error: unknown) => void): Promise<void> {
    while (!stopping.aborted) {
      await this.lookOnce().catch(failed);
      await this.#ports.clock.delay(PAUSE_MS, stopping);
    }
  }

  /** Looks into the next of the rooms that guests are in; behind the last one it begins anew. */
  async lookOnce(): Promise<void> {
    const rooms = await this.#ports.guests.listGuestRooms({ after: this.#after, limit: ROOMS_AT_ONCE });
    this.#after = rooms.length < ROOMS_AT_ONCE ? '' : (rooms.at(-1) ?? '');
    for (const roomId of rooms) await this.ofRoom(roomId);
  }

  /** Does nothing where guests may be in the room. */
  async ofRoom(roomId: string): Promise<void> {
    const { guests, guestAccess } = this.#ports;
    if (await guestAccess.isOpen(roomId)) return;
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = await guests.listGuests(roomId, { after, limit: GUESTS_AT_ONCE });
      for (const userId of page) await this.#part(userId, roomId);
      after = page.length < GUESTS_AT_ONCE ? undefined : page.at(-1);
    }
  }

  /** What the rules refuse stays as it is; a room that cannot be reached is looked into again. */
  async #part(userId: string, roomId: string): Promise<void> {
    const { writer, random } = this.#ports;
    await executeForJob(writer, departureOf({ userId, roomId }, newRandomId(random)));
  }
}
