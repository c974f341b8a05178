import { PostgresRelationReader } from '@plexus/storage-postgres';
import { FakeRelations } from '@plexus/testing';
import { readEvent } from '@plexus/room-view';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomRecord, StoredEvent, TimelinePlace } from '@plexus/storage';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildProto, buildSend } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, CAROL, startPersister } from '../../test-support/persister-harness.ts';

const SENDERS = [ALICE, CAROL];
const TYPES = ['m.room.message', 'm.reaction', 'org.example.note'];
const RELATIONS = ['m.thread', 'm.replace', 'm.annotation', 'm.reference', 'org.example.relation'];

/** What somebody does; `target` chooses among the events that there are. */
const action = fc.record({
  kind: fc.constantFrom('say', 'relate', 'relate', 'relate', 'redact'),
  sender: fc.constantFrom(...SENDERS),
  type: fc.constantFrom(...TYPES),
  relation: fc.constantFrom(...RELATIONS),
  key: fc.constantFrom('a', 'b'),
  hasNewContent: fc.boolean(),
  target: fc.nat(),
  // Few different ones, so that they are often equal.
  time: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_003 }),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

let test: TestDatabase;
let harness: PersisterHarness;
beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});

/** What is refused is as good as not done. */
async function perform(roomId: string, done: Action, eventIds: string[]): Promise<void> {
  const target = eventIds[done.target % Math.max(eventIds.length, 1)];
  const proto = { ...buildProto(done.type, done.sender, contentOf(done, target)), originServerTs: done.time };
  if (done.kind === 'redact' && target !== undefined) {
    await harness.execute(buildSend(roomId, { ...buildProto('m.room.redaction', ALICE, {}), redacts: target }));
    return;
  }
  const reply = await harness.execute(buildSend(roomId, proto));
  if (reply.$case === 'stored') eventIds.push(...reply.value.eventIds);
}

function contentOf({ kind, relation, key, hasNewContent }: Action, target: string | undefined): JsonObject {
  if (kind !== 'relate' || target === undefined) return { body: 'said' };
  return {
    body: 'related',
    ...(hasNewContent && { 'm.new_content': { body: 'new' } }),
    'm.relates_to': { rel_type: relation, event_id: target, ...(relation === 'm.annotation' && { key }) },
  };
}

interface Written {
  readonly room: RoomRecord;
  readonly events: readonly StoredEvent[];
  readonly eventIds: readonly string[];
}

async function write(actions: readonly Action[]): Promise<Written> {
  const { roomId, command } = buildCreateRoom(
    { creator: ALICE, events: [], powerLevels: { users: { [ALICE]: 100 } } },
    harness.servers,
  );
  await harness.store(command);
  await harness.store(joinOf(roomId));
  const eventIds: string[] = [];
  for (const done of actions) await perform(roomId, done, eventIds);
  const room = await harness.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('the room is not stored');
  const { shard, roomNid } = room;
  const events = await harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 1_000 });
  return { room, events, eventIds };
}

function joinOf(roomId: string): ReturnType<typeof buildSend> {
  const proto = buildProto('m.room.member', CAROL, { membership: 'join' });
  return buildSend(roomId, { ...proto, stateKey: CAROL });
}

function placesOf({ events }: Written): (TimelinePlace | undefined)[] {
  const middle = events[Math.floor(events.length / 2)];
  return [undefined, middle && { topologicalPosition: middle.topologicalPosition ?? 0, eventNid: middle.eventNid }];
}

const END: TimelinePlace = { topologicalPosition: Number.MAX_SAFE_INTEGER, eventNid: Number.MAX_SAFE_INTEGER };

describe('relations in storage', () => {
  it('are what the events themselves say, whatever was sent, refused and redacted', async () => {
    const reader = new PostgresRelationReader(test.database);
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 25, maxLength: 60 }), async (actions) => {
        const written = await write(actions);
        const model = new FakeRelations(() => written.events);
        const { shard, roomNid } = written.room;
        const parents = written.events.map((stored) => {
          const { sender, type } = readEvent(stored, '11');
          return { eventId: stored.eventId, sender, type };
        });
        for (const before of placesOf(written)) {
          for (const ignored of [[], [CAROL]]) {
            const query = { shard, roomNid, parents, userId: ALICE, ignored, before };
            expect(await reader.findRelated(query)).toEqual(await model.findRelated(query));
          }
        }
        const page = { shard, roomNid, before: END, limit: 3 };
        expect(await reader.pageThreads(page)).toEqual(await model.pageThreads(page));
      }),
      { numRuns: 5, seed: 20_260_101 },
    );
  });

  it('are paged in both directions, over several levels, by type', async () => {
    const reader = new PostgresRelationReader(test.database);
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 25, maxLength: 60 }), async (actions) => {
        const written = await write(actions);
        const model = new FakeRelations(() => written.events);
        const { shard, roomNid } = written.room;
        for (const [index, parentEventId] of written.eventIds.entries()) {
          const isForwards = index % 2 === 0;
          for (const depth of [1, 3]) {
            const query = {
              shard,
              roomNid,
              parentEventId,
              relationType: [undefined, ...RELATIONS][index % 4],
              eventType: [undefined, undefined, ...TYPES][index % 5],
              depth,
              direction: isForwards ? ('forwards' as const) : ('backwards' as const),
              from: isForwards ? { topologicalPosition: 0, eventNid: 0 } : END,
              to: placesOf(written)[index % 2],
              limit: 1 + (index % 5),
            };
            expect(await reader.pageRelations(query)).toEqual(await model.pageRelations(query));
          }
        }
      }),
      { numRuns: 5, seed: 20_260_102 },
    );
  });

  it('go with the events, whoever removes those', async () => {
    const reader = new PostgresRelationReader(test.database);
    const said = { kind: 'say', sender: ALICE, type: 'm.room.message', relation: 'm.thread', key: 'a' } as const;
    const base = { ...said, hasNewContent: false, target: 0, time: 1_700_000_000_000 };
    const { room, events, eventIds } = await write([base, { ...base, kind: 'relate' }, { ...base, kind: 'relate' }]);
    const { shard, roomNid } = room;
    const threads = () => reader.pageThreads({ shard, roomNid, before: END, limit: 9 });
    const remove = async (eventId: string | undefined): Promise<void> => {
      const text = 'delete from events where shard = $1 and event_id = $2';
      await test.database.run({ name: 'remove-one-event', text }, [shard, eventId]);
    };
    const first = events.find(({ eventId }) => eventId === eventIds[1]);
    await remove(eventIds[2]);
    expect(await threads()).toEqual([
      {
        rootEventId: eventIds[0],
        latest: { topologicalPosition: first?.topologicalPosition, eventNid: first?.eventNid },
      },
    ]);
    await remove(eventIds[1]);
    expect(await threads()).toEqual([]);
  });
});
