import type { RoomCommandRequest } from '@plexus/rpc';
import type { HistoryEvent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { JobRun } from '../jobs/job-run.ts';
import { purgeHistoryWork } from './purge-history-work.ts';

const ALICE = '@alice:one.example';
const ROOM = '!a:one.example';

it('purges page by page, then has history end below the oldest events that stay', async () => {
  const ports = fakePorts();
  const { jobs } = ports.admin;
  const eventIds = ['one', 'two', 'three', 'four'].map((body) => {
    const row = ports.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body } });
    return row.event?.eventId ?? '';
  });
  const room = await ports.rooms.findRoom(ROOM);
  const stored = await ports.rooms.findEventsById(room?.shard ?? 0, room?.roomNid ?? 0, eventIds);
  const below = stored.get(eventIds[2] ?? '')?.topologicalPosition ?? 0;
  const pages: HistoryEvent[][] = [
    [{ eventId: eventIds[0] ?? '', eventNid: 1, topologicalPosition: 1 }],
    [{ eventId: eventIds[1] ?? '', eventNid: 2, topologicalPosition: 2 }],
  ];
  const history = { listHistory: async () => pages.shift() ?? [] };
  const commands: RoomCommandRequest['command'][] = [];
  const writer = {
    execute: async ({ command }: RoomCommandRequest) => {
      commands.push(command);
      return { $case: 'stored' as const, value: { eventIds: [], position: 1 } };
    },
  };
  const parameters = { below, delete_local_events: false };
  const about = { jobId: 'purge', kind: 'purge_history', target: ROOM, serverName: undefined, requestedBy: ALICE };
  await jobs.addJob({ ...about, parameters });
  const job = await jobs.findJob('purge');
  if (job === undefined) throw new Error('no job');
  const clock = { now: () => 10_000, delay: async () => {} };
  const held = { recordProgress: async () => true };
  const run = new JobRun(job, { jobs: held, clock, claim: 'c', claimMs: 1, stopping: new AbortController().signal });
  await purgeHistoryWork(run, { ...ports, history, writer });
  const common = { below, deleteLocalEvents: false };
  expect(commands).toEqual([
    { $case: 'purgeEvents', value: { ...common, eventIds: [eventIds[0]], keptEventIds: [] } },
    { $case: 'purgeEvents', value: { ...common, eventIds: [eventIds[1]], keptEventIds: [] } },
    { $case: 'purgeEvents', value: { ...common, eventIds: [], keptEventIds: eventIds.slice(2) } },
  ]);
});
