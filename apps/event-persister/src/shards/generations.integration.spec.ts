import { raiseGeneration } from '@plexus/storage-postgres';
import { roomShardOf } from '@plexus/storage';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, ROOM_SHARDS } from '../../test-support/commands.ts';
import { ALICE, SHARDS, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';

/** What a process that was there before a failover finds. */
describe('an owner whose generation is over', () => {
  let test: TestDatabase;
  let owner: PersisterHarness;
  let roomId: string;
  const commitsLost = vi.fn<() => Promise<void>>(async () => undefined);
  beforeEach(async () => {
    test = await createTestDatabase();
    owner = await startPersister(test, { ports: { commitsLost } });
    const made = buildCreateRoom({ creator: ALICE }, owner.servers);
    await owner.store(made.command);
    roomId = made.roomId;
  });
  afterEach(async () => {
    await owner.stop();
    await test.drop();
  });

  const raise = (): Promise<number> => raiseGeneration({ urls: { rooms: test.url, accounts: test.url } });

  it('writes nothing in the next one before it has taken its shards anew', async () => {
    const generation = await raise();
    expect(await owner.execute(buildMessage(roomId, ALICE, 'of the past'))).toEqual({ $case: 'notOwner', value: {} });
    expect(owner.persister.shards.size).toBe(0);
    await owner.persister.take(SHARDS);
    await owner.store(buildMessage(roomId, ALICE, 'of the present'));
    await owner.persister.publisher.flushed(roomShardOf(roomId, ROOM_SHARDS));
    expect(owner.topic.records.at(-1)).toMatchObject({ generation });
    expect(owner.topic.records[0]).toMatchObject({ generation: 1 });
  });

  it('gives its shards up at once when it is told', async () => {
    await raise();
    owner.persister.leaveGeneration();
    expect(owner.persister.shards.size).toBe(0);
    await owner.persister.take(SHARDS);
    await owner.store(buildMessage(roomId, ALICE, 'of the present'));
  });

  it('notices that Postgres lacks what it had acknowledged', async () => {
    const shard = roomShardOf(roomId, ROOM_SHARDS);
    await owner.store(buildMessage(roomId, ALICE, 'to be lost'));
    await test.database.query('update room_shards set position = position - 1 where shard = $1', [shard]);
    await test.database.query(
      'delete from room_log l using room_shards s where l.shard = s.shard and l.position > s.position',
    );
    await owner.execute(buildMessage(roomId, ALICE, 'after that'));
    expect(commitsLost).toHaveBeenCalled();
  });
});
