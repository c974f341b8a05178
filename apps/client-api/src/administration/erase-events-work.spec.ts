import type { RoomCommandReply, RoomCommandRequest } from '@plexus/rpc';
import type { UserRoom } from '@plexus/storage';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { JobRun } from '../jobs/job-run.ts';
import { eraseEventsWork } from './erase-events-work.ts';

const [ROOM, ALICE, BOB] = ['!room:one.example', '@alice:one.example', '@bob:one.example'];
const LEFT: UserRoom = {
  userId: ALICE,
  roomId: ROOM,
  membership: 'leave',
  previousMembership: 'join',
  eventId: '$left',
  sender: ALICE,
  shard: 0,
  roomNid: 1,
  position: 1,
  strippedState: undefined,
};
const STORED: RoomCommandReply = { $case: 'stored', value: { eventIds: [], position: 0 } };

const isHosted = (name: string): boolean => name === 'one.example';

async function build(reply = STORED) {
  const ports = fakePorts();
  const asked: (readonly string[])[] = [];
  const writer = {
    async execute({ command }: RoomCommandRequest): Promise<RoomCommandReply> {
      if (command?.$case === 'eraseEvents') asked.push(command.value.eventIds);
      return reply;
    },
  };
  const about = { jobId: 'job', kind: 'erase_user', serverName: undefined, requestedBy: '@root:one.example' };
  await ports.admin.jobs.addJob({ ...about, target: ALICE, parameters: { redact_events: true } });
  const job = await ports.admin.jobs.findJob('job');
  if (job === undefined) throw new Error('no job');
  const clock = { now: () => 0, delay: async () => {} };
  const held = { recordProgress: async () => true };
  const run = new JobRun(job, { jobs: held, clock, claim: 'c', claimMs: 1, stopping: new AbortController().signal });
  const memberships = {
    async *list() {
      yield '$of-state';
    },
  };
  const say = (sender: string, body: string) => {
    const row = ports.rooms.append({ roomId: ROOM, type: 'm.room.message', sender, content: { body } });
    return row.event?.eventId ?? '';
  };
  const userRooms = { ...ports.userRooms, findUserRooms: async () => [LEFT] };
  const rooms = {
    findRoom: (roomId: string) => ports.rooms.findRoom(roomId),
    pageTimeline: ports.rooms.pageTimeline.bind(ports.rooms),
    readResidentServers: async () =>
      new Map([
        ['one.example', 1],
        ['remote.example', 2],
      ]),
  };
  const work = (): Promise<void> =>
    eraseEventsWork(run, { rooms, userRooms, memberships, servers: { isHosted }, writer });
  return { work, asked, run, say };
}

it('has what the user said in rooms that they left erased, and says where copies remain', async () => {
  const { work, asked, run, say } = await build();
  const hers = Array.from({ length: 250 }, (_, number) => say(ALICE, String(number)));
  say(BOB, 'not hers');
  await work();
  expect(asked.flat().toSorted()).toEqual([...hers, '$of-state'].toSorted());
  expect(asked.every((eventIds) => eventIds.length <= 200)).toBe(true);
  const done = { [ROOM]: { events_erased: 250, remains_at: ['remote.example'] } };
  expect(run.progress['erased_in_rooms']).toEqual(done);
  await work();
  expect(asked.flat()).toHaveLength(251);
});

it('waits for an owner that does not know the command yet', async () => {
  const refused = { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'Unknown command', rule: 'command.unknown' };
  const { work, run, say } = await build({ $case: 'refused', value: refused });
  say(ALICE, 'hers');
  await expect(work()).rejects.toThrow('does not know yet');
  expect(run.progress['erased_in_rooms']).toBeUndefined();
});

it('goes on where the room went meanwhile', async () => {
  const refused = { errcode: 'M_NOT_FOUND', httpStatus: 404, error: 'Unknown room', rule: 'room.unknown' };
  const { work, run, say } = await build({ $case: 'refused', value: refused });
  say(ALICE, 'hers');
  await work();
  expect(run.progress['erased_in_rooms']).toMatchObject({ [ROOM]: { events_erased: 1 } });
});
