import type { JsonObject } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { UserRepository, UserRoom, UserRoomReader } from '@plexus/storage';
import type { ChangeAccess } from '../accounts/change-access.ts';
import type { JobRun } from '../jobs/job-run.ts';
import { encodeContent } from '../rooms/proto-event.ts';
import { commandIdOf, errorOfReply } from '../rooms/room-commands.ts';

export interface PartUserWorkPorts {
  readonly users: UserRepository;
  readonly userRooms: UserRoomReader;
  readonly writer: RoomWriter;
  readonly changeAccess: ChangeAccess;
}

const PRESENT = new Set(['join', 'invite', 'knock']);

/** Brings a closed account out of all its rooms; invites are rejected and knocks withdrawn. */
export async function partUserWork(run: JobRun, ports: PartUserWorkPorts): Promise<JsonObject> {
  const userId = run.job.target;
  await ports.changeAccess.execute({ userId }, async () => {
    return { gone: await ports.users.deactivateUser(userId), result: undefined };
  });
  const rooms = await ports.userRooms.findUserRooms(userId);
  for (const room of rooms.filter(({ membership }) => PRESENT.has(membership))) {
    const began = performance.now();
    const isOut = await part(room, ports);
    const name = isOut ? 'rooms_left' : 'refused_departures';
    await run.record({ [name]: run.count(name) + 1 });
    await run.pause(performance.now() - began);
  }
  return run.progress;
}

/** Whether the user is out; not where the room's rules refuse it. */
async function part({ userId, roomId, eventId }: UserRoom, { writer }: PartUserWorkPorts): Promise<boolean> {
  const reply = await writer.execute({
    commandId: commandIdOf('part-user', userId, roomId, eventId),
    roomId,
    command: {
      $case: 'changeMembership',
      value: {
        sender: userId,
        targetUserId: userId,
        membership: 'leave',
        content: encodeContent({}),
        senderDeviceId: '',
        onlyFrom: [],
      },
    },
  });
  if (reply.$case === 'failed' || reply.$case === 'overloaded') throw errorOfReply(reply);
  return reply.$case === 'stored';
}
