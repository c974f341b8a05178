import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import type { HistoryEvent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { JobRun } from '../jobs/job-run.ts';
import { retentionWork } from './retention-work.ts';
import { ScheduleRetention } from './schedule-retention.ts';

const ALICE = '@alice:one.example';
const POLICY = {
  isEnabled: true,
  defaultLifetimeMs: undefined,
  leastLifetimeMs: undefined,
  greatestLifetimeMs: undefined,
};
const OLD: HistoryEvent = { eventId: '$old', eventNid: 1, topologicalPosition: 1 };
const CUT: HistoryEvent = { eventId: '$cut', eventNid: 2, topologicalPosition: 2 };

async function expire(rooms: Record<string, object | undefined>, purged: readonly string[] = []) {
  const ports = fakePorts();
  for (const [roomId, retention] of Object.entries(rooms)) {
    const join = { type: 'm.room.member', sender: ALICE, stateKey: ALICE, content: { membership: 'join' } };
    ports.rooms.append({ roomId, ...join });
    if (retention !== undefined) {
      ports.rooms.append({ roomId, type: 'm.room.retention', sender: ALICE, stateKey: '', content: { ...retention } });
    }
  }
  const about = { serverName: undefined, requestedBy: 'retention', parameters: {} };
  const { jobs } = ports.admin;
  for (const roomId of purged) await jobs.addJob({ ...about, jobId: roomId, kind: 'purge_history', target: roomId });
  await jobs.addJob({ ...about, jobId: 'round', kind: 'retention', target: 'all rooms' });
  const [job] = await jobs.listJobs({ kinds: ['retention'], limit: 1 });
  if (job === undefined) throw new Error('no job');
  const asked: number[] = [];
  const history = {
    ...ports.admin.history,
    listRoomIds: async (after: string) => Object.keys(rooms).filter((roomId) => roomId > after),
    findFirstStoredSince: async (_shard: number, _room: number, since: number) => {
      asked.push(since);
      return CUT;
    },
    listHistory: async ({ after }: { after: unknown }) => (after === undefined ? [OLD] : []),
  };
  const stateReader = new StateReader(ports.rooms, ports.stateNodes);
  const states = new RoomState(ports.rooms, stateReader, new RedactionReader(ports.rooms, stateReader));
  const writer = {
    execute: async (request: { roomId: string }) => {
      cleared.push(request.roomId);
      return { $case: 'stored' as const, value: { eventIds: [], position: 1 } };
    },
  };
  const cleared: string[] = [];
  const held = { recordProgress: async () => true };
  const clock = { now: () => 10_000, delay: async () => {} };
  const run = new JobRun(job, { jobs: held, clock, claim: 'c', claimMs: 1, stopping: new AbortController().signal });
  await retentionWork(run, { policy: POLICY, now: clock.now }, { ...ports, history, states, writer, jobs });
  return { cleared, asked, progress: run.progress };
}

it('takes away what has expired in each room, and remembers where it is', async () => {
  const result = await expire({ '!a:one.example': { max_lifetime: 4_000 }, '!b:one.example': undefined });
  expect(result).toEqual({
    cleared: ['!a:one.example'],
    asked: [6_000],
    progress: { events_done: 1, after: '!b:one.example', rooms_done: 2 },
  });
});

it('leaves a room alone that is being purged', async () => {
  const { cleared } = await expire({ '!a:one.example': { max_lifetime: 4_000 } }, ['!a:one.example']);
  expect(cleared).toEqual([]);
});

it('makes one round after the other, no sooner than asked for', async () => {
  const { admin, random } = fakePorts();
  const { jobs } = admin;
  const clock = { now: () => jobs.now, delay: async () => {} };
  const schedule = new ScheduleRetention({ ...admin, jobs, clock, random }, 3_600_000);
  const count = async (): Promise<number> => (await jobs.listJobs({ kinds: ['retention'], limit: 10 })).length;
  await schedule.execute();
  await schedule.execute();
  expect(await count()).toBe(1);
  const claimed = await jobs.claimJob(1);
  await jobs.finishJob(claimed?.claim ?? '', { status: 'complete', result: {} });
  await schedule.execute();
  expect(await count()).toBe(1);
  jobs.now += 3_600_000;
  await schedule.execute();
  expect(await count()).toBe(2);
});
