import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRoomVersion } from '@plexus/room-dag';
import type { EventsOrRedactions } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { PostgresRoomOwnerReader } from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { startPersister } from '../../test-support/persister-harness.ts';
import { RemoteRoom } from '../../test-support/remote-room.ts';
import { ImportItem } from '../imports/import-item.ts';
import { storeCited } from '../imports/store-cited.ts';
import type { StoredPiece } from '../imports/store-cited.ts';
import { DEFAULT_MEMORY_LIMITS } from '../rooms/room-memory.ts';
import type { RoomMemoryLimits } from '../rooms/room-memory.ts';

/** Counts what it has answered of what was asked by ids. */
class CountingReader extends PostgresRoomOwnerReader {
  answers = 0;

  override async findEventsOrRedactions(
    ...asked: Parameters<PostgresRoomOwnerReader['findEventsOrRedactions']>
  ): Promise<EventsOrRedactions> {
    const found = await super.findEventsOrRedactions(...asked);
    this.answers += 1;
    return found;
  }
}

describe('pieces of an import', () => {
  let test: TestDatabase;
  let reader: CountingReader;
  let harness: PersisterHarness;
  let isStoring: boolean;
  let openGate: () => void;
  const room = new RemoteRoom({ creator: '@rhea:remote.example' });

  beforeEach(async () => {
    test = await createTestDatabase();
    reader = new CountingReader(test.database, ROOM_SHARDS);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  /** Nothing is stored before the gate is open. */
  async function start(memoryLimits: RoomMemoryLimits): Promise<void> {
    const gate = Promise.withResolvers<void>();
    openGate = gate.resolve;
    isStoring = false;
    const reach = (name: string): Promise<void> | undefined => {
      if (name !== 'persister.before-store') return undefined;
      isStoring = true;
      return gate.promise;
    };
    harness = await startPersister(test, { memoryLimits, ports: { rooms: reader, failpoints: { reach } } });
  }

  function enqueue(): ImportItem<StoredPiece> {
    const rules = findRoomVersion(room.version);
    if (rules === undefined) throw new Error('there is no such room version');
    const place = { shard: roomShardOf(room.roomId, ROOM_SHARDS), roomId: room.roomId, roomNid: 7, rules };
    const piece = room.events.map(({ event, bytes }) => ({ event, bytes, isRedactedCopy: false }));
    const eventIds = piece.map(({ event }) => event.eventId);
    const item = new ImportItem({ ...place, place, bytes: 0, now: 0, eventIds }, (edit) =>
      storeCited(edit, place, piece),
    );
    harness.persister.loop.enqueue(item);
    return item;
  }

  it.each([
    ['while memory has what was stored since', DEFAULT_MEMORY_LIMITS, 2],
    ['and again where memory has forgotten what was stored since', { rooms: 1, nodes: 1, eventBytes: 1 }, 3],
  ])('are looked for while others are being stored, %s', async (_when, limits, answers) => {
    await start(limits);
    const first = enqueue();
    await vi.waitFor(() => expect(isStoring).toBe(true));
    const second = enqueue();
    await vi.waitFor(() => expect(reader.answers).toBe(2));
    openGate();
    expect(await first.done).toMatchObject({ settled: { outcome: 'stored' }, value: { stored: room.events.length } });
    expect(await second.done).toMatchObject({ settled: { outcome: 'stored' }, value: { stored: 0, deferred: 0 } });
    expect(reader.answers).toBe(answers);
    expect(harness.observer.poisonings).toEqual([]);
  });
});
