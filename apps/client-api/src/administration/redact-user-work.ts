import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { isErasable } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type { RoomReader, RoomRecord, StoredEvent, TimelinePlace, UserRoomReader } from '@plexus/storage';
import type { JobRun } from '../jobs/job-run.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { commandIdOf, errorOfReply } from '../rooms/room-commands.ts';

export interface RedactUserWorkPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'pageTimeline'>;
  readonly userRooms: UserRoomReader;
  readonly writer: RoomWriter;
}

const DEFAULT_LIMIT = 1_000;
const PAGE = 100;

/**
 * Redacts what a user sent, room by room, the newest first: in each room so much as the job says, else up to a limit. A repeated redaction is the
 * same command, and has no second effect.
 */
export async function redactUserWork(
  run: JobRun,
  ports: RedactUserWorkPorts,
  limit = DEFAULT_LIMIT,
): Promise<JsonObject> {
  const { target: userId, parameters } = run.job;
  const asked = Array.isArray(parameters['rooms']) ? parameters['rooms'].filter((id) => typeof id === 'string') : [];
  const rooms = asked.length > 0 ? asked : await findRooms(userId, ports);
  const done = new Set(listIn(run.progress, 'rooms_done'));
  for (const roomId of rooms) {
    if (done.has(roomId)) continue;
    const room = await ports.rooms.findRoom(roomId);
    if (room !== undefined) await redactIn(run, room, { ...ports, limit });
    done.add(roomId);
    await run.record({ rooms_done: [...done] });
  }
  return run.progress;
}

async function findRooms(userId: string, { userRooms }: RedactUserWorkPorts): Promise<string[]> {
  const all = await userRooms.findUserRooms(userId);
  return all.filter(({ membership }) => membership === 'join').map(({ roomId }) => roomId);
}

async function redactIn(
  run: JobRun,
  room: RoomRecord,
  { limit, ...ports }: RedactUserWorkPorts & { readonly limit: number },
): Promise<void> {
  const { shard, roomNid } = room;
  const asked = run.job.parameters['limit'];
  let left = typeof asked === 'number' ? asked : limit;
  for (let from: TimelinePlace | undefined; left > 0;) {
    const began = performance.now();
    const query = { shard, roomNid, direction: 'backwards' as const, limit: PAGE };
    const page = await ports.rooms.pageTimeline(from === undefined ? query : { ...query, from });
    for (const stored of page.filter((event) => isRedactable(run, room, event)).slice(0, left)) {
      await redact(run, room, stored.eventId, ports);
      left -= 1;
    }
    const last = page.at(-1);
    if (last?.topologicalPosition === undefined || page.length < PAGE) return;
    from = { topologicalPosition: last.topologicalPosition, eventNid: last.eventNid };
    await run.record();
    await run.pause(performance.now() - began);
  }
}

function isRedactable({ job }: JobRun, { roomVersion }: RoomRecord, stored: StoredEvent): boolean {
  if (stored.redactedBy.length > 0) return false;
  const event = readEvent(stored, roomVersion);
  return event.sender === job.target && isErasable(event);
}

async function redact(run: JobRun, { roomId }: RoomRecord, eventId: string, ports: RedactUserWorkPorts): Promise<void> {
  const { jobId, target, requestedBy, parameters } = run.job;
  const { reason, use_admin: asAdmin } = parameters;
  const sender = asAdmin === true ? requestedBy : target;
  const content = encodeContent(typeof reason === 'string' ? { reason } : {});
  const event = protoEvent({ type: 'm.room.redaction', sender, redacts: eventId, content });
  const commandId = commandIdOf('redact-user', jobId, eventId);
  const reply = await ports.writer.execute({ commandId, roomId, command: { $case: 'sendEvent', value: { event } } });
  if (reply.$case === 'stored') return run.record({ redacted: run.count('redacted') + 1 });
  if (reply.$case !== 'refused') throw errorOfReply(reply);
  const failed = isJsonObject(run.progress['failed']) ? run.progress['failed'] : {};
  return run.record({ failed: { ...failed, [eventId]: reply.value.error } });
}

function listIn(object: JsonObject, name: string): string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
