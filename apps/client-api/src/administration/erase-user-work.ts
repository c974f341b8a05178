import type { JsonObject } from '@plexus/matrix-base';
import type {
  ExportRepository,
  RoomReader,
  ServerRemovalRepository,
  UserAdminRepository,
  UserDataReader,
  UserRoom,
} from '@plexus/storage';
import type { JobRun } from '../jobs/job-run.ts';
import { commandIdOf, errorOfReply } from '../rooms/room-commands.ts';
import { eraseEventsWork } from './erase-events-work.ts';
import type { EraseEventsWorkPorts } from './erase-events-work.ts';
import { partUserWork } from './part-user-work.ts';
import type { PartUserWorkPorts } from './part-user-work.ts';
import { redactUserWork } from './redact-user-work.ts';
import type { RedactUserWorkPorts } from './redact-user-work.ts';

export interface EraseUserWorkPorts extends PartUserWorkPorts, RedactUserWorkPorts, EraseEventsWorkPorts {
  readonly userData: UserDataReader;
  readonly userAdmin: UserAdminRepository;
  readonly exports: Pick<ExportRepository, 'removeExports'>;
  readonly removals: Pick<ServerRemovalRepository, 'removeUserRows'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'pageTimeline' | 'readResidentServers'>;
}

/**
 * Erases a user: what they said is redacted where that is asked for, they leave all rooms, and their rows go, with what was exported of them. What they said goes from the rooms' stored
 * events too, also in rooms that they had left before. The result says what was erased where and what remains at other servers. The steps may happen twice; rooms that the user was in are remembered before their memberships are forgotten.
 */
export async function eraseUserWork(run: JobRun, ports: EraseUserWorkPorts): Promise<JsonObject> {
  const userId = run.job.target;
  if (run.progress['before'] === undefined) {
    const before = Object.fromEntries(await ports.userData.countRows(userId));
    const rooms = await ports.userRooms.findUserRooms(userId);
    await run.record({ before, remains: await remainsIn(rooms, ports) });
  }
  if (run.job.parameters['redact_events'] === true) await redactUserWork(run, ports, Infinity);
  await partUserWork(run, ports);
  if (run.job.parameters['redact_events'] === true) await eraseEventsWork(run, ports);
  const rooms = await ports.userRooms.findUserRooms(userId);
  await ports.userAdmin.changeUser(userId, { displayName: null, avatarUrl: null, userType: null });
  await ports.userAdmin.setExternalIds(userId, []);
  await ports.userAdmin.removeRateLimit(userId);
  await ports.userAdmin.setErased(userId);
  await ports.removals.removeUserRows(
    userId,
    rooms.map(({ roomId }) => roomId),
  );
  await ports.exports.removeExports(userId);
  for (const room of rooms) await forget(room, ports);
  return reportOf(run, Object.fromEntries(await ports.userData.countRows(userId)));
}

/** The projection of the user's membership goes; a room in which no hosted server is any more goes with it. */
async function forget({ userId, roomId }: UserRoom, { writer }: EraseUserWorkPorts): Promise<void> {
  const reply = await writer.execute({
    commandId: commandIdOf('forget-user', userId, roomId),
    roomId,
    command: { $case: 'forgetUser', value: { userId } },
  });
  if (reply.$case === 'failed' || reply.$case === 'overloaded') throw errorOfReply(reply);
}

/** Where copies of what the user did stay: events in rooms, here and on other servers. */
async function remainsIn(rooms: readonly UserRoom[], ports: EraseUserWorkPorts): Promise<JsonObject> {
  const servers = new Set<string>();
  for (const { roomId } of rooms) {
    const room = await ports.rooms.findRoom(roomId);
    if (room === undefined) continue;
    for (const name of (await ports.rooms.readResidentServers(room.shard, room.roomNid)).keys()) servers.add(name);
  }
  return { rooms: rooms.map(({ roomId }) => roomId), servers: [...servers].toSorted() };
}

function reportOf(run: JobRun, after: JsonObject): JsonObject {
  const before = run.progress['before'];
  const {
    redacted,
    failed,
    rooms_left: left,
    refused_departures: refused,
    remains,
    erased_in_rooms: erased,
  } = run.progress;
  return {
    rows_before: before ?? {},
    rows_remaining: after,
    events_redacted: redacted ?? 0,
    erased_in_rooms: erased ?? {},
    redactions_failed: failed ?? {},
    rooms_left: left ?? 0,
    refused_departures: refused ?? 0,
    remains_elsewhere: remains ?? {},
    why_rows_remain:
      'The user id stays taken for ever; memberships and what others wrote are part of rooms; what the user consented to is evidence.',
  };
}
