import type { JsonObject } from '@plexus/matrix-base';
import { lifetimeOf } from '@plexus/room-view';
import type { RetentionPolicy, RoomState } from '@plexus/room-view';
import type { AdminJobRepository, HostedServers, RoomHistoryReader, RoomReader, RoomRecord } from '@plexus/storage';
import type { JobRun } from '../jobs/job-run.ts';
import { PURGE_HISTORY } from './purge-history.ts';
import { purgeBelow } from './purge-history-work.ts';
import type { PurgeWorkPorts } from './purge-history-work.ts';

export interface RetentionWorkPorts extends PurgeWorkPorts {
  readonly rooms: RoomReader;
  readonly history: RoomHistoryReader;
  readonly servers: HostedServers;
  readonly states: RoomState;
  readonly jobs: AdminJobRepository;
}

export const RETENTION = 'retention';

const PAGE = 100;

/** One round over all rooms, in their order: what has expired goes, piece by piece. The job goes on after the room that it was at. */
export async function retentionWork(
  run: JobRun,
  { policy, now }: { readonly policy: RetentionPolicy; readonly now: () => number },
  ports: RetentionWorkPorts,
): Promise<JsonObject> {
  for (;;) {
    const began = performance.now();
    const page = await ports.history.listRoomIds(String(run.progress['after'] ?? ''), PAGE);
    for (const roomId of page) {
      await expire(run, { roomId, policy, now: now() }, ports);
      await run.record({ after: roomId, rooms_done: run.count('rooms_done') + 1 });
    }
    if (page.length < PAGE) return run.progress;
    await run.pause(performance.now() - began);
  }
}

async function expire(
  run: JobRun,
  { roomId, policy, now }: { readonly roomId: string; readonly policy: RetentionPolicy; readonly now: number },
  ports: RetentionWorkPorts,
): Promise<void> {
  const room = await ports.rooms.findRoom(roomId);
  const lifetime = room && (await findLifetime(room, policy, ports));
  if (room === undefined || lifetime === undefined || (await isBeingPurged(roomId, ports))) return;
  const first = await ports.history.findFirstStoredSince(room.shard, room.roomNid, now - lifetime);
  if (first === undefined) return;
  await purgeBelow(run, { room, below: first.topologicalPosition, deleteLocalEvents: true }, ports);
}

async function findLifetime(
  room: RoomRecord,
  policy: RetentionPolicy,
  { rooms, servers, states }: RetentionWorkPorts,
): Promise<number | undefined> {
  const names = [...(await rooms.readResidentServers(room.shard, room.roomNid)).keys()];
  const residents = names.map((name) => servers.find(name)).filter((server) => server !== undefined);
  const event = await states.find(room, room.currentRoot, { type: 'm.room.retention', stateKey: '' });
  return lifetimeOf(event?.content, residents, policy);
}

async function isBeingPurged(roomId: string, { jobs }: RetentionWorkPorts): Promise<boolean> {
  const statuses = ['scheduled', 'active'] as const;
  return (await jobs.listJobs({ target: roomId, kinds: [PURGE_HISTORY], statuses, limit: 1 })).length > 0;
}
