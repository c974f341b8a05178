// PLEXUS_TEST_POSTGRES=… node --conditions=plexus-source tests/load/remote-members.ts [--members 20000] [--joins 500] [--rounds 3] [--rows 100000]
// What the projection of other servers' members costs: processor time of Postgres's processes and of this one while a room comes with its members and others
// come one by one without it, while it is made of them, and while more come with it. Then what a search takes over a table of many rows.
import { parseArgs } from 'node:util';
import { SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { authTypesForEvent, buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { BuiltRoomEvent, EventSigner } from '@plexus/room-dag';
import { RedactionReader, StateReader } from '@plexus/room-view';
import { roomShardOf } from '@plexus/storage';
import {
  PostgresRemoteMemberProjection,
  PostgresRoomOwnerReader,
  PostgresRoomStateLister,
  PostgresStagedEvents,
  PostgresUserDirectory,
} from '@plexus/storage-postgres';
import { FakeCache, FakeHostedServers } from '@plexus/testing';
import { FollowMembers } from '../../apps/event-persister/src/remote-members/follow-members.ts';
import type { MemberFollower } from '../../apps/event-persister/src/remote-members/follow-members.ts';
import {
  buildCreateRoom,
  buildImportRoom,
  buildSend,
  buildState,
  ROOM_SHARDS,
} from '../../apps/event-persister/test-support/commands.ts';
import { ALICE, realClock, startPersister } from '../../apps/event-persister/test-support/persister-harness.ts';
import type { PersisterHarness } from '../../apps/event-persister/test-support/persister-harness.ts';
import { RemoteServer } from '../../apps/event-persister/test-support/remote-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { usageOf } from './process-usage.ts';

const { values: options } = parseArgs({
  options: {
    members: { type: 'string', default: '20000' },
    joins: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '100000' },
  },
});
const ROOM = '!large:remote.example';
const CREATOR = '@creator:remote.example';
const remoteKey = new SigningKey('ed25519:r', Buffer.alloc(32, 99));
const rules = findRoomVersion('11');
if (rules === undefined) throw new Error('the version is known');
const versionRules = rules;

const large = makeRoom(Number(options.members));
for (let round = 0; round < Number(options.rounds); round += 1) await measure();
await measureSearch(Number(options.rows));

async function measure(): Promise<void> {
  const test = await createTestDatabase();
  const servers = new FakeHostedServers(['one.example']);
  let harness: PersisterHarness | undefined;
  try {
    harness = await startPersister(test, { servers });
    await tell(test, `a room with ${options.members} members comes`, () => importRoom(test, harness));
    await tell(test, `${options.joins} members come one by one`, () => comeOneByOne(harness, 'a'));
    await harness.stop();
    harness = await startPersister(test, { servers, ports: { members: follower(test, servers) } });
    const stored = large.state.length - 3 + Number(options.joins);
    await tell(test, `${stored} members are stored`, () => untilMembers(test, stored));
    await tell(test, `${options.joins} more come and are stored`, async () => {
      await comeOneByOne(harness, 'b');
      await untilMembers(test, stored + Number(options.joins));
    });
    process.stdout.write(`${await sizes(test)}\n`);
  } finally {
    await harness?.stop();
    await test.drop();
  }
}

function follower(test: TestDatabase, servers: FakeHostedServers): MemberFollower {
  const rooms = new PostgresRoomOwnerReader(test.database, ROOM_SHARDS);
  return new FollowMembers({
    projection: new PostgresRemoteMemberProjection(test.database),
    states: new PostgresRoomStateLister(test.database),
    rooms,
    redactions: new RedactionReader(rooms, new StateReader(rooms, new FakeCache())),
    servers,
    clock: realClock,
    failed: (error) => process.stderr.write(`${String(error)}\n`),
  });
}

/** Processor time of Postgres's processes for this database, and of this process. */
async function tell(test: TestDatabase, what: string, work: () => Promise<void>): Promise<void> {
  const [postgres, own, began] = [await postgresSeconds(test), process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(own);
  const seconds = (await postgresSeconds(test)) - postgres;
  const elapsed = (performance.now() - began) / 1_000;
  const node = (user + system) / 1e6;
  process.stdout.write(
    `${what}: Postgres ${seconds.toFixed(2)} s, Node ${node.toFixed(2)} s, ${elapsed.toFixed(1)} s in all\n`,
  );
}

/** @NOTE Connections of the pool stay open, so that none takes its time along. */
async function postgresSeconds(test: TestDatabase): Promise<number> {
  const text = 'select pid from pg_stat_activity where datname = current_database()';
  const { rows } = await test.database.query<{ pid: number }>(text, []);
  return usageOf(rows.map(({ pid }) => pid)).cpuSeconds;
}

async function importRoom(test: TestDatabase, harness: PersisterHarness | undefined): Promise<void> {
  if (harness === undefined) throw new Error('nothing runs');
  const key = harness.servers.findSigningKey('one.example');
  if (key === undefined) throw new Error('no key');
  const join = large.member(ALICE, { serverName: 'one.example', key });
  const events = [
    ...large.state.map((event) => ({ part: 'state' as const, ...event })),
    { part: 'timeline' as const, ...join },
  ];
  const staged = events.map(({ part, event, bytes }, ordinal) => {
    return { ordinal, part, eventId: event.eventId, json: bytes, isRedactedCopy: false };
  });
  const place = { shard: roomShardOf(ROOM, ROOM_SHARDS), importId: 'large' };
  for (let at = 0; at < staged.length; at += 500) {
    await new PostgresStagedEvents(test.database).stageEvents(place, staged.slice(at, at + 500));
  }
  await harness.store(buildImportRoom(ROOM, { importId: 'large', roomVersion: '11' }));
}

async function comeOneByOne(harness: PersisterHarness | undefined, word: string): Promise<void> {
  if (harness === undefined) throw new Error('nothing runs');
  const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
  await harness.store(command);
  await harness.store(buildSend(roomId, buildState('m.room.join_rules', '', ALICE, { join_rule: 'public' })));
  const remote = new RemoteServer(harness, word === 'a' ? 0 : 1_000_000);
  for (let at = 0; at < Number(options.joins); at += 1) {
    const userId = `@guest-${word}${at}:remote.example`;
    const content = { membership: 'join', displayname: `Guest number ${at}` };
    await remote.send(roomId, { type: 'm.room.member', sender: userId, stateKey: userId, content });
  }
}

async function countMembers(test: TestDatabase): Promise<number> {
  const { rows } = await test.database.query<{ count: number }>(
    'select count(*)::int as count from remote_members',
    [],
  );
  return rows[0]?.count ?? 0;
}

async function untilMembers(test: TestDatabase, count: number): Promise<void> {
  while ((await countMembers(test)) < count) await realClock.delay(500);
}

async function sizes(test: TestDatabase): Promise<string> {
  const text = `select count(*)::int as rows, pg_table_size('remote_members')::int as heap, pg_indexes_size('remote_members')::int as indexes
    from remote_members`;
  const { rows } = await test.database.query<{ rows: number; heap: number; indexes: number }>(text, []);
  const [{ rows: count, heap, indexes }] = rows as [{ rows: number; heap: number; indexes: number }];
  return `${count} rows: ${Math.round(heap / count)} bytes each in the table, ${Math.round(indexes / count)} in its indexes`;
}

/** A public room with so many members of 200 servers. */
function makeRoom(count: number): {
  readonly state: readonly BuiltRoomEvent[];
  member(userId: string, signer?: EventSigner): BuiltRoomEvent;
} {
  const made = new Map<string, BuiltRoomEvent>();
  let depth = 0;
  let last: string[] = [];
  const add = (type: string, stateKey: string, content: JsonObject, signer?: EventSigner): BuiltRoomEvent => {
    depth += 1;
    const sender = type === 'm.room.member' ? stateKey : CREATOR;
    const keys = authTypesForEvent({ type, sender, content, stateKey, rules: versionRules });
    const authEvents = keys.flatMap((auth) => made.get(`${auth.type} ${auth.stateKey}`)?.event.eventId ?? []);
    const built = buildRoomEvent(
      { type, sender, content, stateKey, roomId: ROOM, prevEvents: last, authEvents, depth, originServerTs: depth },
      versionRules,
      [signer ?? { serverName: 'remote.example', key: remoteKey }],
    );
    if (built.outcome !== 'ok') throw new Error(built.because);
    return built;
  };
  const keep = (built: BuiltRoomEvent): void => {
    made.set(`${built.event.type} ${built.event.stateKey}`, built);
    last = [built.event.eventId];
  };
  const member = (userId: string, signer?: EventSigner): BuiltRoomEvent =>
    add('m.room.member', userId, { membership: 'join', displayname: `Name of ${userId.slice(1, 9)}` }, signer);
  keep(add('m.room.create', '', { room_version: '11' }));
  keep(member(CREATOR));
  keep(add('m.room.power_levels', '', { users: { [CREATOR]: 100 } }));
  keep(add('m.room.join_rules', '', { join_rule: 'public' }));
  for (let at = 0; at < count; at += 1) keep(member(`@user${at}:s${at % 200}.example`));
  return { state: [...made.values()], member };
}

/** Rows of rooms with 100 members each; the searching user is in 50 of them, and every tenth is public. */
async function measureSearch(rows: number): Promise<void> {
  const test = await createTestDatabase();
  const run = (text: string): Promise<unknown> => test.database.query(text, []);
  try {
    await run(
      `insert into remote_member_rooms select 1, n, '!' || n, 1, null, 1 from generate_series(1, ${rows / 100}) n`,
    );
    await run(`insert into remote_members
      select 1, 1 + n % ${rows / 100}, '@' || word || n || ':far.example', n, initcap(word) || ' Number ' || n, null,
        array_to_tsvector(array[word || n, word, 'number', n::text])
      from (select n, substr(md5((n % 5000)::text), 1, 6) as word from generate_series(1, ${rows}) n) as w`);
    await run(`insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
      select '${ALICE}', '!' || n * 7, 1, n * 7, 'join', '${ALICE}', '$e', 1 from generate_series(1, 50) n`);
    await run(`insert into room_summaries (room_id, shard, room_nid, position, room_version, joined_count, is_world_readable, guests_can_join, is_public, search_words)
      select '!' || n * 10, 1, n * 10, 1, '11', 100, false, false, true, '' from generate_series(1, ${rows / 1_000}) n`);
    await run('vacuum analyze');
    const directory = new PostgresUserDirectory(test.database);
    for (const word of ['c4ca42', 'c4c', 'c4', 'c', 'number']) {
      const search = (): Promise<readonly unknown[]> =>
        directory.searchUsers({ userId: ALICE, words: [word], openServer: undefined, limit: 200 });
      for (let at = 0; at < 10; at += 1) await search();
      const [before, began] = [await postgresSeconds(test), performance.now()];
      for (let at = 0; at < 50; at += 1) await search();
      const elapsed = (performance.now() - began) / 50;
      const cpu = ((await postgresSeconds(test)) - before) * 20;
      const found = (await search()).length;
      process.stdout.write(
        `search "${word}" over ${rows} rows: ${found} found, ${elapsed.toFixed(1)} ms, Postgres ${cpu.toFixed(1)} ms\n`,
      );
    }
  } finally {
    await test.drop();
  }
}
