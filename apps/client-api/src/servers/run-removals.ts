import type { NamedCache } from '@plexus/cache';
import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import { accessTokenKey, assertedUserKey } from '@plexus/service-shell';
import type {
  AccessRecord,
  HostedServerRepository,
  RemovedRoomReader,
  ServerRemoval,
  ServerRemovalProgress,
  ServerRemovalRepository,
  SessionRepository,
  UserRepository,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';
import { departureOf, isPresent } from '../rooms/departure-of.ts';
import { executeForJob } from '../rooms/execute-for-job.ts';
import { commandIdOf } from '../rooms/room-commands.ts';

export interface RunRemovalsPorts {
  readonly removals: ServerRemovalRepository;
  readonly removedRooms: RemovedRoomReader;
  readonly servers: Pick<HostedServerRepository, 'spread'>;
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly tokens: NamedCache<AccessRecord>;
  readonly userRooms: UserRoomReader;
  readonly writer: RoomWriter;
  readonly clock: Clock;
}

const CLAIM_MS = 60_000;
const POLL_MS = 2_000;
const PAGE = 100;

/**
 * Removes hosted servers with their data, in the background.
 *
 *     claim a job ──► users: deactivate, part from all rooms, remove rows, be forgotten by the rooms
 *          ▲            │
 *          │            ▼
 *          │          rooms that went with them: wait until nothing is left ──► rows of the server ──► done
 *          └── another process, when the claim has run out; progress renews it
 *
 * Every step may happen twice: a crash before its progress is recorded repeats it.
 */
export class RunRemovals {
  readonly #ports: RunRemovalsPorts;

  constructor(ports: RunRemovalsPorts) {
    this.#ports = ports;
  }

  /** Takes up one job, if there is one, and brings it to its end. */
  async runOnce(stopping: AbortSignal): Promise<'idle' | 'worked'> {
    const claimed = await this.#ports.removals.claimRemoval(CLAIM_MS);
    if (claimed === undefined) return 'idle';
    const job = new RemovalJob(this.#ports, claimed.removal, claimed.claim);
    try {
      await job.run(stopping);
    } catch (error) {
      await job.fail(error);
      throw error;
    }
    return 'worked';
  }
}

/** The claim was lost to another process: it goes on, this one stops. */
class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}

class RemovalJob {
  readonly #ports: RunRemovalsPorts;
  readonly #removal: ServerRemoval;
  readonly #claim: string;
  #usersDone: number;
  #refusedDepartures: number;

  constructor(ports: RunRemovalsPorts, removal: ServerRemoval, claim: string) {
    this.#ports = ports;
    this.#removal = removal;
    this.#claim = claim;
    this.#usersDone = removal.usersDone;
    this.#refusedDepartures = removal.refusedDepartures;
  }

  async run(stopping: AbortSignal): Promise<void> {
    if (this.#removal.step === 'users') {
      if (!(await this.#removeUsers(stopping))) return;
      await this.#record({ step: 'rooms' });
    }
    if (this.#removal.step !== 'rows') {
      if (!(await this.#awaitRooms(stopping))) return;
      await this.#record({ step: 'rows' });
    }
    await this.#ports.removals.removeServerRows(this.#removal.serverName);
    await this.#ports.servers.spread();
    await this.#record({ step: 'done' });
  }

  async fail(error: unknown): Promise<void> {
    if (error instanceof ClaimLostError) return;
    const lastError = error instanceof Error ? error.message : String(error);
    await this.#ports.removals.recordProgress(this.#claim, { lastError }, CLAIM_MS);
  }

  /** Whether all are removed; not if the process stops. */
  async #removeUsers(stopping: AbortSignal): Promise<boolean> {
    const { users } = this.#ports;
    let after = this.#removal.lastUserId ?? '';
    for (;;) {
      const page = await users.listUsers(this.#removal.serverName, { after, limit: PAGE });
      for (const userId of page) {
        if (stopping.aborted) return false;
        await this.#removeUser(userId);
        after = userId;
      }
      if (page.length < PAGE) return true;
    }
  }

  async #removeUser(userId: string): Promise<void> {
    const { users, sessions, tokens, userRooms, removals } = this.#ports;
    const hashes = await sessions.findTokenHashes(userId);
    await tokens.change([...hashes.map(accessTokenKey), assertedUserKey(userId)], () => users.deactivateUser(userId));
    const rooms = await userRooms.findUserRooms(userId);
    const parted: UserRoom[] = [];
    for (const room of rooms) {
      if (!isPresent(room) || (await this.#part(room))) parted.push(room);
      await this.#record({});
    }
    await removals.removeUserRows(
      userId,
      rooms.map(({ roomId }) => roomId),
    );
    // Last, because from here on nobody knows any more which rooms they were.
    for (const room of parted) await this.#forget(room);
    this.#usersDone += 1;
    await this.#record({ lastUserId: userId });
  }

  /** Whether nothing is left of the rooms that went with the server; not if the process stops. */
  async #awaitRooms(stopping: AbortSignal): Promise<boolean> {
    const { removedRooms, clock } = this.#ports;
    for (;;) {
      const roomsLeft = await removedRooms.countRemovedRooms(this.#removal.serverName);
      await this.#record({ roomsLeft });
      if (roomsLeft === 0) return true;
      await pauseBetweenLooks(POLL_MS, clock, stopping);
      if (stopping.aborted) return false;
    }
  }

  async #forget({ userId, roomId }: UserRoom): Promise<void> {
    const reply = await this.#ports.writer.execute({
      commandId: commandIdOf('forget-user', userId, roomId),
      roomId,
      command: { $case: 'forgetUser', value: { userId } },
    });
    if (reply.$case !== 'stored') throw new Error(`${roomId} cannot forget a user at the moment: ${reply.$case}`);
    await this.#record({});
  }

  /** Whether the user is out. A room whose rules refuse is counted and left as it is. */
  async #part(room: UserRoom): Promise<boolean> {
    const { userId, roomId, eventId } = room;
    const commandId = commandIdOf('remove-server', userId, roomId, eventId);
    const departure = await executeForJob(this.#ports.writer, departureOf(room, commandId));
    if (departure === 'refused') this.#refusedDepartures += 1;
    return departure === 'stored';
  }

  async #record(progress: ServerRemovalProgress): Promise<void> {
    const counts = { usersDone: this.#usersDone, refusedDepartures: this.#refusedDepartures };
    const isOurs = await this.#ports.removals.recordProgress(this.#claim, { ...counts, ...progress }, CLAIM_MS);
    if (!isOurs) throw new ClaimLostError('another process has taken this job up');
  }
}
