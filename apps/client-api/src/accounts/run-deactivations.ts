import type { RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import type { AccountDeactivation, AccountDeactivationRepository, UserRoom, UserRoomReader } from '@plexus/storage';
import { departureOf, isPresent } from '../rooms/departure-of.ts';
import { executeForJob } from '../rooms/execute-for-job.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { commandIdOf } from '../rooms/room-commands.ts';
import type { OwnMemberships } from './own-memberships.ts';

export interface RunDeactivationsPorts {
  readonly deactivations: AccountDeactivationRepository;
  readonly userRooms: UserRoomReader;
  readonly writer: RoomWriter;
  readonly memberships: Pick<OwnMemberships, 'list'>;
}

const CLAIM_MS = 60_000;
/** So long a job rests that did not come to its end. */
const REST_MS = 2_000;

/**
 * Parts deactivated users from their rooms, in the background.
 *
 *     claim a job ──► each room: (to erase: redact the memberships), leave; an invite or knock is rejected ──► remove the user's rows, the job
 *          ▲            │
 *          └── another process, when the claim has run out; each step renews it
 *
 * Every step may happen twice: a crash before the job is done repeats it, and the room's owner knows the command.
 */
export class RunDeactivations {
  readonly #ports: RunDeactivationsPorts;

  constructor(ports: RunDeactivationsPorts) {
    this.#ports = ports;
  }

  /** Takes up one job, if there is one. */
  async runOnce(stopping: AbortSignal): Promise<'idle' | 'worked'> {
    const { deactivations } = this.#ports;
    const claimed = await deactivations.claimDeactivation(CLAIM_MS);
    if (claimed === undefined) return 'idle';
    const { claim, deactivation } = claimed;
    try {
      await this.#part(deactivation, claim, stopping);
    } catch (error) {
      const lastError = error instanceof Error ? error.message : String(error);
      await deactivations.renewClaim(claim, { lastError }, REST_MS);
      throw error;
    }
    return 'worked';
  }

  /** Stops half-way where the process stops or another one has the job. */
  async #part({ userId, erase }: AccountDeactivation, claim: string, stopping: AbortSignal): Promise<void> {
    const { deactivations, writer } = this.#ports;
    const parted = new Set<string>();
    let refusedDepartures = 0;
    // What was joined a moment before shows a moment later: they are asked for until there is nothing new.
    for (let rooms = await this.#findRooms(userId, parted); rooms.length > 0;) {
      for (const room of rooms) {
        if (stopping.aborted) return;
        if (erase && room.membership === 'join' && !(await this.#redact(room, claim, stopping))) return;
        const departure = await executeForJob(writer, departureOf(room, departureIdOf(room)));
        if (departure === 'refused') refusedDepartures += 1;
        if (!(await deactivations.renewClaim(claim, { refusedDepartures }, CLAIM_MS))) return;
        parted.add(room.eventId);
      }
      rooms = await this.#findRooms(userId, parted);
    }
    await deactivations.finishDeactivation(claim, userId);
  }

  /** False where it stops half-way. */
  async #redact(room: UserRoom, claim: string, stopping: AbortSignal): Promise<boolean> {
    const { deactivations, memberships, writer } = this.#ports;
    for await (const eventId of memberships.list(room)) {
      if (stopping.aborted) return false;
      await executeForJob(writer, redactionOf(room, eventId));
      if (!(await deactivations.renewClaim(claim, {}, CLAIM_MS))) return false;
    }
    return true;
  }

  async #findRooms(userId: string, parted: ReadonlySet<string>): Promise<UserRoom[]> {
    const rooms = await this.#ports.userRooms.findUserRooms(userId);
    return rooms.filter(({ membership, eventId }) => isPresent({ membership }) && !parted.has(eventId));
  }
}

function departureIdOf({ userId, roomId, eventId }: UserRoom): string {
  return commandIdOf('deactivate', userId, roomId, eventId);
}

/** Takes the profile out of a membership event. */
function redactionOf({ userId, roomId }: UserRoom, eventId: string): RoomCommandRequest {
  const event = protoEvent({
    type: 'm.room.redaction',
    sender: userId,
    content: encodeContent({}),
    redacts: eventId,
  });
  return {
    commandId: commandIdOf('erase-membership', userId, roomId, eventId),
    roomId,
    command: { $case: 'sendEvent', value: { event } },
  };
}
