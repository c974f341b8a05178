import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { RoomAdminRepository, RoomReader } from '@plexus/storage';
import type { JobRun } from '../jobs/job-run.ts';
import type { CreateRoom } from '../rooms/create-room.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { commandIdOf, errorOfReply, executeCommand } from '../rooms/room-commands.ts';
import { asUser } from './user-as-requester.ts';

export interface DeleteRoomWorkPorts {
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly roomAdmin: Pick<
    RoomAdminRepository,
    'listUsersOfRoom' | 'listAliasesOfRoom' | 'moveAlias' | 'removeRoomNames'
  >;
  readonly writer: Pick<RoomWriter, 'execute'>;
  readonly createRoom: Pick<CreateRoom, 'execute'>;
}

const PAGE = 100;
const PRESENT = ['join', 'invite', 'knock'];
const DEFAULT_NAME = 'Content Violation Notification';
const DEFAULT_MESSAGE =
  'Sharing illegal content on this server is not permitted and rooms in violation will be blocked.';

/**
 * Deletes a room: a new one is made where that is asked for, hosted users are brought out and over, names are moved or taken away, then the
 * history goes. Every step is a command with an id of the job's, so that a repeated one has no second effect.
 */
export async function deleteRoomWork(run: JobRun, ports: DeleteRoomWorkPorts): Promise<JsonObject> {
  const { target: roomId, serverName } = run.job;
  const text = (name: string): string | undefined => textIn(run.job.parameters, name);
  const newOwner = text('new_room_user_id');
  if (newOwner !== undefined && textIn(run.progress, 'new_room_id') === undefined) {
    const name = text('room_name') ?? DEFAULT_NAME;
    const message = text('message') ?? DEFAULT_MESSAGE;
    await run.record({ new_room_id: await makeNewRoom(run, { owner: newOwner, name, message }, ports) });
  }
  await moveUsers(run, ports);
  await moveNames(run, ports);
  if (run.job.parameters['purge'] === true) {
    if ((await ports.rooms.findRoom(roomId)) !== undefined) await removeRoom(run, ports);
    await ports.roomAdmin.removeRoomNames(roomId, serverName);
  }
  return resultOf(run.progress);
}

async function removeRoom({ job }: JobRun, { writer }: DeleteRoomWorkPorts): Promise<void> {
  const force = job.parameters['force'] === true;
  await executeCommand(writer, {
    commandId: commandIdOf('remove-room', job.jobId, String(job.attempts)),
    roomId: job.target,
    command: { $case: 'removeRoom', value: { force } },
  });
}

/** What administrators are told of a deletion, also while it is under way. */
export function resultOf(progress: JsonObject): JsonObject {
  return {
    kicked_users: listIn(progress, 'kicked_users'),
    failed_to_kick_users: listIn(progress, 'failed_to_kick_users'),
    local_aliases: listIn(progress, 'local_aliases'),
    new_room_id: textIn(progress, 'new_room_id') ?? null,
  };
}

async function makeNewRoom(
  run: JobRun,
  { owner, name, message }: { readonly owner: string; readonly name: string; readonly message: string },
  { createRoom, writer }: DeleteRoomWorkPorts,
): Promise<string> {
  const request = { preset: 'public_chat', name, power_level_content_override: { users_default: -10 } } as const;
  const roomId = await createRoom.execute(asUser(owner), request, { commandId: `${run.job.jobId}-room` });
  const content = encodeContent({ msgtype: 'm.text', body: message });
  const event = protoEvent({ type: 'm.room.message', sender: owner, content });
  const commandId = commandIdOf('delete-room-message', run.job.jobId);
  await executeCommand(writer, { commandId, roomId, command: { $case: 'sendEvent', value: { event } } });
  return roomId;
}

/**
 * @NOTE Who is moved is written down before: where a process dies half-way, that user may be out already and is found in the room no more, but
 * the next attempt has to bring them over and to tell of them.
 */
async function moveUsers(run: JobRun, ports: DeleteRoomWorkPorts): Promise<void> {
  const { target: roomId, serverName } = run.job;
  const interrupted = movingIn(run.progress);
  if (interrupted !== undefined) await moveUser(run, interrupted, ports);
  for (let after = ''; ;) {
    const page = await ports.roomAdmin.listUsersOfRoom(roomId, {
      memberships: PRESENT,
      serverName,
      after,
      limit: PAGE,
    });
    for (const { userId, membership } of page) {
      const began = performance.now();
      await run.record({ moving: { user_id: userId, membership } });
      await moveUser(run, { userId, membership }, ports);
      await run.pause(performance.now() - began);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.userId;
  }
}

interface Moving {
  readonly userId: string;
  readonly membership: string;
}

async function moveUser(run: JobRun, { userId, membership }: Moving, ports: DeleteRoomWorkPorts): Promise<void> {
  const isOut = await part(run, userId, ports);
  if (isOut && membership === 'join') await bringOver(run, userId, ports);
  const list = isOut ? 'kicked_users' : 'failed_to_kick_users';
  await run.record({ [list]: [...new Set([...listIn(run.progress, list), userId])], moving: null });
}

function movingIn({ moving }: JsonObject): Moving | undefined {
  if (!isJsonObject(moving)) return undefined;
  const [userId, membership] = [textIn(moving, 'user_id'), textIn(moving, 'membership')];
  return userId === undefined || membership === undefined ? undefined : { userId, membership };
}

/** Whether the user is out; not where the room's rules refuse it. */
async function part(run: JobRun, userId: string, { writer }: DeleteRoomWorkPorts): Promise<boolean> {
  const reply = await writer.execute({
    commandId: commandIdOf('delete-room', run.job.jobId, userId),
    roomId: run.job.target,
    command: membershipCommand(userId, 'leave'),
  });
  if (reply.$case === 'stored') return true;
  if (reply.$case === 'refused') return false;
  throw errorOfReply(reply);
}

/** @NOTE Whoever cannot be brought over is out of the old room all the same. */
async function bringOver(run: JobRun, userId: string, { writer }: DeleteRoomWorkPorts): Promise<void> {
  const roomId = textIn(run.progress, 'new_room_id');
  if (roomId === undefined) return;
  const commandId = commandIdOf('delete-room-join', run.job.jobId, userId);
  const reply = await writer.execute({ commandId, roomId, command: membershipCommand(userId, 'join') });
  if (reply.$case === 'failed' || reply.$case === 'overloaded') throw errorOfReply(reply);
}

function membershipCommand(userId: string, membership: 'join' | 'leave') {
  return {
    $case: 'changeMembership' as const,
    value: {
      sender: userId,
      targetUserId: userId,
      membership,
      content: encodeContent({}),
      senderDeviceId: '',
      onlyFrom: [],
    },
  };
}

async function moveNames(run: JobRun, { roomAdmin }: DeleteRoomWorkPorts): Promise<void> {
  const { target: roomId, serverName } = run.job;
  const newRoomId = textIn(run.progress, 'new_room_id');
  const aliases = await roomAdmin.listAliasesOfRoom(roomId, serverName);
  if (aliases.length === 0) return;
  if (newRoomId === undefined) await roomAdmin.removeRoomNames(roomId, serverName);
  else for (const alias of aliases) await roomAdmin.moveAlias(alias, roomId, newRoomId);
  await run.record({ local_aliases: [...new Set([...listIn(run.progress, 'local_aliases'), ...aliases])] });
}

function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}

function listIn(object: JsonObject, name: string): string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
