import type { RoomCommandReply, RoomCommandRequest } from '@plexus/rpc';
import { FakeAdminJobs } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { RunAdminJobs } from '../jobs/run-admin-jobs.ts';
import { deleteRoomWork } from './delete-room-work.ts';

const [OLD, NEW, OWNER] = ['!old:one', '!new:one', '@owner:one'];
const USERS = ['@a:one', '@b:one', '@c:one'];
const STEPS = 2 * USERS.length + 2;

const stored: RoomCommandReply = { $case: 'stored', value: { eventIds: [], position: 0 } };

/** Rooms of which a process dies at one step: before it has its effect, or after. */
class DyingRooms {
  readonly members = new Map<string, string[]>([
    [OLD, [...USERS]],
    [NEW, [OWNER]],
  ]);
  readonly messages: string[] = [];
  isPublished = true;
  isThere = true;
  readonly #executed = new Set<string>();
  #step = 0;
  readonly #dies: { readonly at: number; readonly isAfter: boolean };

  constructor(dies: { readonly at: number; readonly isAfter: boolean }) {
    this.#dies = dies;
  }

  readonly execute = async ({ commandId, roomId, command }: RoomCommandRequest): Promise<RoomCommandReply> => {
    const isLast = ++this.#step === this.#dies.at;
    if (isLast && !this.#dies.isAfter) throw new Error('died');
    if (!this.#executed.has(commandId)) this.#apply(roomId, command);
    this.#executed.add(commandId);
    if (isLast) throw new Error('died');
    return stored;
  };

  #apply(roomId: string, command: RoomCommandRequest['command']): void {
    const members = this.members.get(roomId) ?? [];
    if (command?.$case === 'removeRoom') this.isThere = false;
    if (command?.$case === 'sendEvent') this.messages.push(roomId);
    if (command?.$case !== 'changeMembership') return;
    const { targetUserId, membership } = command.value;
    const others = members.filter((userId) => userId !== targetUserId);
    this.members.set(roomId, membership === 'join' ? [...members, targetUserId] : others);
  }
}

async function deleteDyingAt(dies: { readonly at: number; readonly isAfter: boolean }) {
  const rooms = new DyingRooms(dies);
  const jobs = new FakeAdminJobs();
  const parameters = { purge: true, new_room_user_id: OWNER };
  await jobs.addJob({
    jobId: 'job',
    kind: 'delete',
    target: OLD,
    serverName: undefined,
    requestedBy: '@root:one',
    parameters,
  });
  const ports = {
    rooms: { findRoom: async () => (rooms.isThere ? OLD_ROOM : undefined) },
    roomAdmin: {
      listUsersOfRoom: async () => (rooms.members.get(OLD) ?? []).map((userId) => ({ userId, membership: 'join' })),
      listAliasesOfRoom: async () => [],
      moveAlias: async () => {},
      async removeRoomNames() {
        rooms.isPublished = false;
        return [];
      },
    },
    writer: { execute: rooms.execute },
    createRoom: { execute: async () => NEW },
  };
  const clock = { now: () => 0, delay: async () => {} };
  const runner = new RunAdminJobs({ jobs, clock }, { delete: (run) => deleteRoomWork(run, ports) }, () => {});
  await runner.runOnce(new AbortController().signal);
  jobs.now += 3_600_000;
  await runner.runOnce(new AbortController().signal);
  return { rooms, job: await jobs.findJob('job') };
}

const OLD_ROOM = {
  shard: 0,
  roomNid: 1,
  roomId: OLD,
  roomVersion: '11',
  currentRoot: 0,
  forwardExtremities: [],
  depth: 1,
  topologicalPosition: 1,
  joinedCount: USERS.length,
  invitedCount: 0,
  notifyCount: 0,
  threadNotifyCount: 0,
  isListed: false,
};

describe('the deletion of a room', () => {
  it.each(
    Array.from({ length: STEPS + 1 }, (_, at) => at).flatMap((at) => [false, true].map((isAfter) => ({ at, isAfter }))),
  )('moves everybody once and tells of all of them, whatever dies: $at, $isAfter', async (dies) => {
    const { rooms, job } = await deleteDyingAt(dies);
    expect(job).toMatchObject({
      status: 'complete',
      result: { kicked_users: USERS, failed_to_kick_users: [], new_room_id: NEW },
    });
    expect(Object.fromEntries(rooms.members)).toEqual({ [OLD]: [], [NEW]: [OWNER, ...USERS] });
    expect([rooms.messages, rooms.isThere, rooms.isPublished]).toEqual([[NEW], false, false]);
  });
});
