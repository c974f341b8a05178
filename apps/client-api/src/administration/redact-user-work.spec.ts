import type { RoomCommandReply, RoomCommandRequest } from '@plexus/rpc';
import type { UserRoom } from '@plexus/storage';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { JobRun } from '../jobs/job-run.ts';
import { redactUserWork } from './redact-user-work.ts';

const [ROOM, ALICE, BOB] = ['!room:one.example', '@alice:one.example', '@bob:one.example'];
const SAID = 1_010;

async function redact({ parameters = {}, limit }: { parameters?: { limit?: number }; limit?: number }) {
  const ports = fakePorts();
  ports.rooms.append({
    roomId: ROOM,
    type: 'm.room.member',
    sender: ALICE,
    stateKey: ALICE,
    content: { membership: 'join' },
  });
  for (let number = 0; number < SAID; number += 1)
    ports.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body: String(number) } });
  ports.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: BOB, content: { body: 'not hers' } });
  const redacted: string[] = [];
  const writer = {
    async execute({ command }: RoomCommandRequest): Promise<RoomCommandReply> {
      if (command?.$case === 'sendEvent') redacted.push(command.value.event?.redacts ?? '');
      return { $case: 'stored', value: { eventIds: [], position: 0 } };
    },
  };
  const about = { jobId: 'job', kind: 'redact_user', serverName: undefined, requestedBy: '@root:one.example' };
  await ports.admin.jobs.addJob({ ...about, target: ALICE, parameters });
  const job = await ports.admin.jobs.findJob('job');
  if (job === undefined) throw new Error('no job');
  const clock = { now: () => 0, delay: async () => {} };
  const held = { recordProgress: async () => true };
  const run = new JobRun(job, { jobs: held, clock, claim: 'c', claimMs: 1, stopping: new AbortController().signal });
  const userRooms = { ...ports.userRooms, findUserRooms: async () => [JOINED] };
  await redactUserWork(run, { rooms: ports.rooms, userRooms, writer }, limit);
  return new Set(redacted).size;
}

const JOINED: UserRoom = {
  userId: ALICE,
  roomId: ROOM,
  membership: 'join',
  previousMembership: undefined,
  eventId: '$join',
  sender: ALICE,
  shard: 0,
  roomNid: 1,
  position: 1,
  strippedState: undefined,
};

it('redacts what a user said up to a limit, or all of it', async () => {
  expect(await redact({ parameters: { limit: 3 } })).toBe(3);
  expect(await redact({})).toBe(1_000);
  // Her joining is an event of hers too.
  expect(await redact({ limit: Infinity })).toBe(SAID + 1);
});
