import type { RoomCommand } from '@plexus/rpc';
import { StorageError } from '@plexus/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildImportRoom, buildMessage, nextCommandId } from '../../test-support/commands.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { pieceOf, RemoteRoom } from '../../test-support/remote-room.ts';

const RHEA = '@rhea:remote.example';

describe('a small room that comes with the command', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let failAt: string | undefined;
  let room: RemoteRoom;
  let joinEventId: string;
  beforeEach(async () => {
    failAt = undefined;
    const reach = (name: string): Promise<void> | undefined => {
      if (name !== failAt) return undefined;
      failAt = undefined;
      return Promise.reject(new StorageError('lost', { outcomeUnknown: true }));
    };
    test = await createTestDatabase();
    harness = await startPersister(test, { ports: { failpoints: { reach } } });
    room = new RemoteRoom({ creator: RHEA });
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  function prepareJoin(): RoomCommand {
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('one.example is not hosted');
    const events = pieceOf(room.state());
    const join = room.member(ALICE, 'join', { serverName: 'one.example', key });
    joinEventId = join.event.eventId;
    const [joinEvent] = pieceOf([join], false);
    const wish = { importId: nextCommandId(), roomVersion: room.version, eventsInPieces: events.length, events };
    return buildImportRoom(room.roomId, { ...wish, ...(joinEvent && { joinEvent }) });
  }

  it('is stored in one unit of work, and can be used', async () => {
    const command = prepareJoin();
    harness.observer.batchSizes.length = 0;
    expect(await harness.store(command)).toEqual([joinEventId]);
    expect(harness.observer.batchSizes).toEqual([1]);
    await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    expect(harness.observer.batchSizes).toEqual([1, 1]);
  });

  it.each(['persister.before-store', 'persister.after-store'])(
    'comes once where it is not known whether it was stored (%s)',
    async (failpoint) => {
      const command = prepareJoin();
      failAt = failpoint;
      expect(await harness.store(command)).toEqual([joinEventId]);
      expect(harness.observer.notStoredOutcomes).toEqual(['failed']);
      expect(await harness.rooms.findRoom(room.roomId)).toMatchObject({ joinedCount: 2 });
      expect(await harness.rooms.findImport(room.roomId)).toBeUndefined();
      const { rows } = await test.database.query<{ count: number }>('select count(*)::int as count from events');
      expect(rows[0]?.count).toBe(room.events.length);
      await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    },
  );
});
