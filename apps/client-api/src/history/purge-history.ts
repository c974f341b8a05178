import { isEventId, MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJob, AdminJobRepository, RoomHistoryReader, RoomReader, RoomRecord } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import type { AdminRoomAccess } from '../administration/admin-room-access.ts';

/** Up to where history goes; an event goes before a time. */
export interface PurgeRequest {
  readonly roomId: string;
  readonly upToEventId: string | undefined;
  /** Milliseconds since the epoch, by when events were stored. */
  readonly upToTs: number | undefined;
  readonly deleteLocalEvents: boolean;
}

export interface PurgeHistoryPorts {
  readonly rooms: Pick<RoomReader, 'findEventsById' | 'findRoomsOfEvent'>;
  readonly history: RoomHistoryReader;
  readonly jobs: AdminJobRepository;
  readonly random: RandomSource;
}

export const PURGE_HISTORY = 'purge_history';

/** Starts the purge of a room's history, and tells how it is going. */
export class PurgeHistory {
  readonly #access: AdminRoomAccess;
  readonly #ports: PurgeHistoryPorts;

  constructor(access: AdminRoomAccess, ports: PurgeHistoryPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  /** Returns the id of the job. Everything before the event that is found goes; the event itself stays. */
  async start(requester: Requester, request: PurgeRequest): Promise<string> {
    const { jobs, random } = this.#ports;
    const { roomId, deleteLocalEvents } = request;
    const { room } = await this.#access.findOwned(requester, roomId);
    const below = await this.#findCutOff(room, request);
    const jobId = newRandomId(random);
    await jobs.addJob({
      jobId,
      kind: PURGE_HISTORY,
      target: roomId,
      serverName: requester.isDeploymentAdmin ? undefined : requester.serverName,
      requestedBy: requester.userId,
      parameters: { below, delete_local_events: deleteLocalEvents },
    });
    return jobId;
  }

  /** Throws 404 for an id of no purge. */
  async status(requester: Requester, purgeId: string): Promise<AdminJob> {
    const job = await this.#ports.jobs.findJob(purgeId);
    const isTheirs = requester.isDeploymentAdmin || job?.serverName === requester.serverName;
    if (job?.kind === PURGE_HISTORY && isTheirs) return job;
    throw new MatrixError('M_NOT_FOUND', 404, `purge id '${purgeId}' not found`);
  }

  /** The topological position below which everything goes. */
  async #findCutOff(room: RoomRecord, { upToEventId, upToTs }: PurgeRequest): Promise<number> {
    if (upToEventId !== undefined) return this.#placeOf(room, upToEventId);
    if (upToTs === undefined) {
      throw new MatrixError('M_BAD_JSON', 400, 'must specify purge_up_to_event_id or purge_up_to_ts');
    }
    const found = await this.#ports.history.findFirstStoredSince(room.shard, room.roomNid, upToTs);
    if (found === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'there is no event to be purged');
    return found.topologicalPosition;
  }

  async #placeOf(room: RoomRecord, eventId: string): Promise<number> {
    if (!isEventId(eventId)) throw new MatrixError('M_NOT_FOUND', 404, 'Event not found');
    const stored = (await this.#ports.rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored?.topologicalPosition !== undefined) return stored.topologicalPosition;
    if (stored === undefined && (await this.#ports.rooms.findRoomsOfEvent(eventId)).length > 0) {
      throw new MatrixError('M_UNKNOWN', 400, 'Event is for wrong room.');
    }
    throw new MatrixError('M_NOT_FOUND', 404, 'Event not found');
  }
}
