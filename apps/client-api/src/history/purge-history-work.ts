import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { HistoryEvent, RoomHistoryReader, RoomReader, RoomRecord } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { executeCommand } from '../rooms/room-commands.ts';
import type { JobRun } from '../jobs/job-run.ts';

export interface PurgeWorkPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'pageTimeline'>;
  readonly history: Pick<RoomHistoryReader, 'listHistory'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
}

/** Events in one unit of work of the room's owner. */
const EVENTS_AT_ONCE = 200;
/** So many of the oldest events that stay may be where history ends. */
const KEPT_EVENTS = 20;

/**
 * Purges a room's history piece by piece, each in one unit of work of the room's owner. What is done is not listed again, so a process that
 * takes the job up begins at what is the oldest then. What other servers sent may be had from them again: whoever reads back beyond the purge has it
 * fetched.
 */
export async function purgeHistoryWork(run: JobRun, ports: PurgeWorkPorts): Promise<JsonObject> {
  const { target: roomId, parameters } = run.job;
  const { below, delete_local_events: deleteLocalEvents } = parameters;
  if (typeof below !== 'number') throw new MatrixError('M_UNKNOWN', 400, 'The job names no place');
  const room = await ports.rooms.findRoom(roomId);
  if (room === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Room not found');
  const purge = { room, below, deleteLocalEvents: deleteLocalEvents === true };
  await purgeBelow(run, purge, ports);
  await leaveEnds(purge, ports);
  return run.progress;
}

/** The purge ends with where history ends now. It may happen twice. */
async function leaveEnds({ room, below, deleteLocalEvents }: Purge, ports: PurgeWorkPorts): Promise<void> {
  const { shard, roomNid, roomId } = room;
  const from = { topologicalPosition: below, eventNid: 0 };
  const kept = await ports.rooms.pageTimeline({ shard, roomNid, from, direction: 'forwards', limit: KEPT_EVENTS });
  const keptEventIds = kept.map(({ eventId }) => eventId);
  await executeCommand(ports.writer, {
    commandId: newRandomId(ports.random),
    roomId,
    command: { $case: 'purgeEvents', value: { eventIds: [], below, deleteLocalEvents, keptEventIds } },
  });
}

interface Purge {
  readonly room: RoomRecord;
  /** A topological position. */
  readonly below: number;
  readonly deleteLocalEvents: boolean;
}

/**
 * Takes everything below a place away that is not needed any more.
 *
 * @NOTE By itself it leaves no ends of history: what has expired is not to come again from other servers.
 */
export async function purgeBelow(
  run: JobRun,
  { room, below, deleteLocalEvents }: Purge,
  ports: PurgeWorkPorts,
): Promise<void> {
  const { shard, roomNid, roomId } = room;
  for (let after: HistoryEvent | undefined; ;) {
    const began = performance.now();
    const page = await ports.history.listHistory({ shard, roomNid, below, after, limit: EVENTS_AT_ONCE });
    after = page.at(-1);
    if (after === undefined) return;
    const eventIds = page.map(({ eventId }) => eventId);
    await executeCommand(ports.writer, {
      commandId: newRandomId(ports.random),
      roomId,
      command: { $case: 'purgeEvents', value: { eventIds, below, deleteLocalEvents, keptEventIds: [] } },
    });
    await run.record({ events_done: run.count('events_done') + page.length });
    await run.pause(performance.now() - began);
  }
}
