import type { Clock } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { ProfilePropagation, ProfilePropagationRepository, UserRepository, UserRoomReader } from '@plexus/storage';
import { lookForWork } from '../jobs/look-for-work.ts';
import type { WorkLook } from '../jobs/look-for-work.ts';
import { executeForJob } from '../rooms/execute-for-job.ts';
import { memberProfile } from '../rooms/member-profile.ts';
import { encodeContent } from '../rooms/proto-event.ts';
import { commandIdOf } from '../rooms/room-commands.ts';
import type { WakeUp } from './wake-up.ts';

export interface PropagateProfilesPorts {
  readonly propagations: ProfilePropagationRepository;
  readonly users: Pick<UserRepository, 'findProfiles'>;
  readonly userRooms: Pick<UserRoomReader, 'listJoinedRooms'>;
  readonly writer: RoomWriter;
  readonly profileChanges: WakeUp;
  readonly clock: Clock;
}

const CLAIM_MS = 30_000;
const POLL_MS = 2_000;
const PAGE = 20;

/**
 * Tells the rooms of users of their newest display name and avatar, in the background
 * (https://spec.matrix.org/v1.19/client-server-api/#events-on-change-of-profile-information).
 *
 *     profile changed ──► claim the job ──► a page of rooms: one membership each ──► advance ──► … ──► finish
 *                              ▲                    ▲                                   │
 *                              │                    └── from the first room, if the profile has changed since
 *                              └── another process, when the claim has run out
 *
 * A crash before `advance` repeats a page: a membership that is already so stays as it is. One process at a time writes a user's
 * memberships, so the newest profile is the last to arrive.
 */
export class PropagateProfiles {
  readonly #ports: PropagateProfilesPorts;
  readonly #pauseMs: number;
  readonly #report: (run: WorkLook) => void;

  constructor(ports: PropagateProfilesPorts, roomsPerSecond: number, report: (run: WorkLook) => void) {
    this.#ports = ports;
    this.#pauseMs = 1000 / roomsPerSecond;
    this.#report = report;
  }

  /** Looks for jobs until the signal aborts. */
  async runUntil(stopping: AbortSignal): Promise<void> {
    const { profileChanges, clock } = this.#ports;
    await lookForWork(stopping, {
      runOnce: (signal) => this.runOnce(signal),
      rest: (look) =>
        look === 'idle' ? profileChanges.wait(POLL_MS, clock, stopping) : clock.delay(POLL_MS, stopping),
      report: this.#report,
    });
  }

  /** Takes up one job, if there is one, and brings it to its end. */
  async runOnce(stopping: AbortSignal): Promise<'idle' | 'worked'> {
    const claimed = await this.#ports.propagations.claimPropagation(CLAIM_MS);
    if (claimed === undefined) return 'idle';
    const { claim } = claimed;
    for (let job: ProfilePropagation | undefined = claimed.job; job !== undefined && !stopping.aborted;) {
      const rooms = await this.#nextRooms(job);
      if (rooms.length === 0 && (await this.#ports.propagations.finish(claim, job.version))) break;
      const lastRoomId = await this.#tellRooms(job, rooms);
      job = await this.#ports.propagations.advance(claim, { version: job.version, lastRoomId }, CLAIM_MS);
    }
    return 'worked';
  }

  #nextRooms({ userId, lastRoomId }: ProfilePropagation): Promise<string[]> {
    return this.#ports.userRooms.listJoinedRooms(userId, { after: lastRoomId, limit: PAGE });
  }

  /** Returns the last of the rooms. */
  async #tellRooms({ userId, version, lastRoomId }: ProfilePropagation, roomIds: readonly string[]): Promise<string> {
    const content = encodeContent(await memberProfile(this.#ports.users, userId));
    for (const roomId of roomIds) {
      await this.#tellRoom(roomId, {
        userId,
        content,
        commandId: commandIdOf('profile', userId, roomId, String(version)),
      });
      await this.#ports.clock.delay(this.#pauseMs);
    }
    return roomIds.at(-1) ?? lastRoomId;
  }

  /** A room that the user has left meanwhile, or that refuses, is passed over; one that cannot be reached stops the job until later. */
  async #tellRoom(
    roomId: string,
    { userId, content, commandId }: { readonly userId: string; readonly content: Buffer; readonly commandId: string },
  ): Promise<void> {
    const membership = { sender: userId, targetUserId: userId, membership: 'join', onlyFrom: ['join'] };
    const value = { ...membership, content, senderDeviceId: '' };
    await executeForJob(this.#ports.writer, { commandId, roomId, command: { $case: 'changeMembership', value } });
  }
}
