// Receives a fork of 50 branches with conflicting power levels, bans and topics through a persister over a real Postgres.
//   PLEXUS_TEST_POSTGRES=postgres://… node_modules/.bin/node --conditions=plexus-source scripts/bench/fork-resolution.ts
import { createTestDatabase } from '../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildSend,
  buildState,
} from '../../apps/event-persister/test-support/commands.ts';
import type { PersisterHarness } from '../../apps/event-persister/test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../apps/event-persister/test-support/persister-harness.ts';
import type { RemoteEvent } from '../../apps/event-persister/test-support/remote-server.ts';
import { RemoteServer } from '../../apps/event-persister/test-support/remote-server.ts';

interface Shape {
  readonly members: number;
  readonly bansPerBranch: number;
  readonly formerLevels: number;
}

const BRANCHES = 50;
const AT_ONCE = 200;
const SHAPES: readonly Shape[] = [
  { members: 200, bansPerBranch: 3, formerLevels: 0 },
  { members: 5_000, bansPerBranch: 3, formerLevels: 0 },
  { members: 5_000, bansPerBranch: 3, formerLevels: 1_000 },
  { members: 5_000, bansPerBranch: 30, formerLevels: 0 },
];

const wanted = process.argv.slice(2).map(Number);
console.log(
  '| version | members | bans per branch | former levels | PDUs | all, ms | median, ms | slowest, ms | cold, ms |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const version of ['11', '12'] as const) {
  for (const [index, shape] of SHAPES.entries()) {
    if (wanted.length === 0 || wanted.includes(index)) await measure(version, shape);
  }
}

async function measure(version: '11' | '12', shape: Shape): Promise<void> {
  const test = await createTestDatabase();
  let harness = await startPersister(test);
  const { roomId, base } = await buildRoom(harness, version, shape);
  const times: number[] = [];
  let last = '';
  const remote = new RemoteServer(harness, BRANCHES);
  for (let branch = 0; branch < BRANCHES; branch += 1) {
    last = base;
    for (const event of branchEvents(branch, shape)) {
      const record = await remote.build(roomId, { ...event, prevEvents: [last] });
      const began = performance.now();
      await remote.deliver([record]);
      times.push(performance.now() - began);
      last = record.eventId;
    }
  }
  await harness.stop();
  harness = await startPersister(test);
  const after = new RemoteServer(harness, 100_000);
  const topic = { type: 'm.room.topic', sender: moderator(BRANCHES - 1), stateKey: '', content: { topic: 'last' } };
  const record = await after.build(roomId, { ...topic, prevEvents: [last] });
  const began = performance.now();
  await after.deliver([record]);
  const cold = performance.now() - began;
  const outcomes = harness.observer.receipts.map(({ received }) => received.outcome);
  if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error(`received as ${outcomes.join()}`);
  await harness.stop();
  await test.drop();
  const sorted = times.toSorted((a, b) => a - b);
  const sum = times.reduce((total, time) => total + time, 0);
  const cells = [sum, sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0, cold].map((time) => time.toFixed(0));
  const { members, bansPerBranch, formerLevels } = shape;
  console.log(`| ${[version, members, bansPerBranch, formerLevels, times.length, ...cells].join(' | ')} |`);
}

function moderator(index: number): string {
  return `@mod${index}:remote.example`;
}

function levelsWith(extra: Record<string, number>): Record<string, number> {
  const moderators = Array.from({ length: BRANCHES }, (_, index) => [moderator(index), 60 + (index % 30)] as const);
  return { ...Object.fromEntries(moderators), ...extra };
}

async function buildRoom(
  harness: PersisterHarness,
  version: '11' | '12',
  { members, formerLevels }: Shape,
): Promise<{ roomId: string; base: string }> {
  const creator = version === '12' ? {} : { [ALICE]: 100 };
  const { roomId, command } = buildCreateRoom(
    { creator: ALICE, version, powerLevels: { users: levelsWith(creator) } },
    harness.servers,
  );
  await harness.store(command);
  const remote = new RemoteServer(harness);
  for (let index = 0; index < BRANCHES; index += 1) {
    const sender = moderator(index);
    await remote.send(roomId, { type: 'm.room.member', sender, stateKey: sender, content: { membership: 'join' } });
  }
  for (let at = 0; at < members; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, members - at);
    const joins = Array.from({ length: count }, (_, index) => `@member${at + index}:one.example`);
    await Promise.all(joins.map((sender) => harness.store(buildMembership(roomId, { sender, membership: 'join' }))));
  }
  for (let at = 0; at < formerLevels; at += 1) {
    const users = levelsWith({ ...creator, '@former:one.example': 1 + (at % 2) });
    await harness.store(buildSend(roomId, buildState('m.room.power_levels', '', ALICE, { users })));
  }
  const room = await harness.rooms.findRoom(roomId);
  const events = await harness.rooms.findEvents(room?.shard ?? 0, room?.forwardExtremities ?? []);
  return { roomId, base: [...events.values()][0]?.eventId ?? '' };
}

/** Bans (half of them of the next branch's members too), new power levels, a ban of the moderator below, and a topic. */
function branchEvents(branch: number, { bansPerBranch }: Shape): RemoteEvent[] {
  const sender = moderator(branch);
  const first = branch * Math.ceil(bansPerBranch / 2);
  const bans = Array.from({ length: bansPerBranch }, (_, index) => `@member${first + index}:one.example`);
  const below = branch % 30 === 0 ? [] : [moderator(branch - 1)];
  const ban = (stateKey: string): RemoteEvent => ({
    type: 'm.room.member',
    sender,
    stateKey,
    content: { membership: 'ban' },
  });
  const users = levelsWith({ [`@former:one.example`]: 5 + branch, [sender]: 60 + (branch % 30) });
  return [
    ...bans.map(ban),
    { type: 'm.room.power_levels', sender, stateKey: '', content: { users } },
    ...below.map(ban),
    { type: 'm.room.topic', sender, stateKey: '', content: { topic: `of branch ${branch}` } },
  ];
}
