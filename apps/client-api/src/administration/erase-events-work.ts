import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { isErasable, redactEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type {
  HostedServers,
  RoomReader,
  RoomRecord,
  StoredEvent,
  TimelinePlace,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';
import type { OwnMemberships } from '../accounts/own-memberships.ts';
import type { JobRun } from '../jobs/job-run.ts';
import { commandIdOf, errorOfReply } from '../rooms/room-commands.ts';

export interface EraseEventsWorkPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'pageTimeline' | 'readResidentServers'>;
  readonly userRooms: UserRoomReader;
  readonly memberships: Pick<OwnMemberships, 'list'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly writer: RoomWriter;
}

const PAGE = 200;

/**
 * Has the bytes of what a user sent erased in every room that they are in or were in, by the rooms' owners. It comes after the redactions, which tell other
 * servers, and the departure: what is sent later is not the user's. Of each room the progress says how many events that were, and which other servers have
 * copies that only they can remove. A room that is done is not gone through again; one that was begun is, and finds less to do.
 */
export async function eraseEventsWork(run: JobRun, ports: EraseEventsWorkPorts): Promise<void> {
  for (const room of await ports.userRooms.findUserRooms(run.job.target)) {
    const record = doneIn(run)[room.roomId] === undefined ? await ports.rooms.findRoom(room.roomId) : undefined;
    if (record === undefined) continue;
    const erased = await eraseIn(run, { room, record }, ports);
    const servers = [...(await ports.rooms.readResidentServers(record.shard, record.roomNid)).keys()];
    const remainsAt = servers.filter((name) => !ports.servers.isHosted(name)).toSorted();
    const done = { ...doneIn(run), [room.roomId]: { events_erased: erased, remains_at: remainsAt } };
    await run.record({ erased_in_rooms: done });
  }
}

interface RoomOfUser {
  readonly room: UserRoom;
  readonly record: RoomRecord;
}

/** Returns how many events of the timeline that were. */
async function eraseIn(run: JobRun, { room, record }: RoomOfUser, ports: EraseEventsWorkPorts): Promise<number> {
  const { shard, roomNid } = record;
  let erased = 0;
  for (let from: TimelinePlace | undefined; ;) {
    const began = performance.now();
    const query = { shard, roomNid, direction: 'backwards' as const, limit: PAGE };
    const page = await ports.rooms.pageTimeline(from === undefined ? query : { ...query, from });
    const eventIds = page.filter((stored) => saysSomething(run, record, stored)).map(({ eventId }) => eventId);
    if (eventIds.length > 0) await erase(run, { room, eventIds }, ports);
    erased += eventIds.length;
    const last = page.at(-1);
    if (last?.topologicalPosition === undefined || page.length < PAGE) break;
    from = { topologicalPosition: last.topologicalPosition, eventNid: last.eventNid };
    await run.record();
    await run.pause(performance.now() - began);
  }
  await eraseMemberships(run, room, ports);
  return erased;
}

/** Those that a purge has left are in no timeline. Whatever there is, the owner learns whose events it is to store redacted from then on. */
async function eraseMemberships(run: JobRun, room: UserRoom, ports: EraseEventsWorkPorts): Promise<void> {
  const eventIds: string[] = [];
  for await (const eventId of ports.memberships.list(room)) eventIds.push(eventId);
  await erase(run, { room, eventIds }, ports);
}

/** Whether it is the user's, and redaction would take something of it away. */
function saysSomething({ job }: JobRun, { roomVersion }: RoomRecord, stored: StoredEvent): boolean {
  const event = readEvent(stored, roomVersion);
  if (event.sender !== job.target || !isErasable(event)) return false;
  return stored.isRedactedCopy === true || redactEvent(event).bytes.length !== stored.json.length;
}

async function erase(
  { job: { jobId, target: userId } }: JobRun,
  { room: { roomId }, eventIds }: Pick<RoomOfUser, 'room'> & { readonly eventIds: string[] },
  { writer }: EraseEventsWorkPorts,
): Promise<void> {
  const commandId = commandIdOf('erase-events', jobId, roomId, ...eventIds);
  const reply = await writer.execute({
    commandId,
    roomId,
    command: { $case: 'eraseEvents', value: { userId, eventIds } },
  });
  if (reply.$case === 'stored') return;
  // While releases run side by side, the owner may not know the command yet: the job waits.
  if (reply.$case === 'refused' && reply.value.rule === 'command.unknown')
    throw new Error('The owner of the room does not know yet how to erase');
  // The room may be gone by now.
  if (reply.$case !== 'refused' || reply.value.rule !== 'room.unknown') throw errorOfReply(reply);
}

function doneIn({ progress }: JobRun): JsonObject {
  const done = progress['erased_in_rooms'];
  return isJsonObject(done) ? done : {};
}
