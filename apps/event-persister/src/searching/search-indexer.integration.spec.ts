import { FakeCache } from '@plexus/testing';
import { RedactionReader, StateReader } from '@plexus/room-view';
import { PostgresRoomOwnerReader, PostgresSearchIndex } from '@plexus/storage-postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, buildProto, buildSend, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, realClock, startPersister } from '../../test-support/persister-harness.ts';
import { ReadSearchChanges } from './read-search-changes.ts';
import type { SearchFollower } from './search-indexer.ts';
import { NO_SEARCH, SearchIndexer } from './search-indexer.ts';

let test: TestDatabase;
let harness: PersisterHarness | undefined;
let failures: unknown[];
const SOON = { timeout: 20_000, interval: 10 };
beforeEach(async () => {
  test = await createTestDatabase();
  failures = [];
});
afterEach(async () => {
  await harness?.stop();
  await test.drop();
  if (failures.length > 0) throw new AggregateError(failures, 'the index could not be filled');
});

function indexer(language = 'english'): SearchIndexer {
  const rooms = new PostgresRoomOwnerReader(test.database, ROOM_SHARDS);
  const redactions = new RedactionReader(rooms, new StateReader(rooms, new FakeCache()));
  return new SearchIndexer(
    {
      index: new PostgresSearchIndex(test.database),
      changes: new ReadSearchChanges(rooms, redactions),
      clock: realClock,
      failed: (error) => failures.push(error),
    },
    { language, pauseMs: 1 },
  );
}

/** A persister with this follower, instead of the one before. */
async function start(search: SearchFollower): Promise<PersisterHarness> {
  await harness?.stop();
  harness = await startPersister(test, { ports: { search } });
  return harness;
}

async function createRoom({ servers, store }: PersisterHarness): Promise<string> {
  const { roomId, command } = buildCreateRoom({ creator: ALICE }, servers);
  await store(command);
  return roomId;
}

async function words(): Promise<string[]> {
  const statement = {
    name: 'words-of-search',
    text: `select array_to_string(array(select unnest(tsvector_to_array(vector)) except select 'ROOM ' || shard || ' ' || room_nid order by 1), ' ') as words
           from event_search order by event_nid`,
  };
  return (await test.database.run<{ words: string }>(statement)).map((row) => row.words).toSorted();
}

async function redact({ store }: PersisterHarness, roomId: string, eventId: string): Promise<void> {
  await store(buildSend(roomId, { ...buildProto('m.room.redaction', ALICE, {}), redacts: eventId }));
}

describe('the search index', () => {
  it('follows what is sent and redacted', async () => {
    const persister = await start(indexer());
    const roomId = await createRoom(persister);
    const [first = ''] = await persister.store(buildMessage(roomId, ALICE, 'running rabbits'));
    await persister.store(buildMessage(roomId, ALICE, 'the watch'));
    await expect.poll(words, SOON).toEqual(['rabbit run', 'watch']);
    await redact(persister, roomId, first);
    await expect.poll(words, SOON).toEqual(['watch']);
  });

  it('is filled from the log with what nobody followed', async () => {
    const before = await start(NO_SEARCH);
    const roomId = await createRoom(before);
    const [gone = ''] = await before.store(buildMessage(roomId, ALICE, 'gone'));
    for (let at = 0; at < 450; at += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => before.store(buildMessage(roomId, ALICE, `word${at + n}`))),
      );
    }
    await redact(before, roomId, gone);
    const after = await start(indexer());
    await after.store(buildMessage(roomId, ALICE, 'newest'));
    const sent = [...Array.from({ length: 450 }, (_, n) => `word${n}`), 'newest'];
    await expect.poll(words, SOON).toEqual(sent.toSorted());
  });

  it('forgets what was redacted while nobody followed', async () => {
    const first = await start(indexer());
    const roomId = await createRoom(first);
    const [gone = ''] = await first.store(buildMessage(roomId, ALICE, 'gone'));
    await expect.poll(words, SOON).toEqual(['gone']);
    await redact(await start(NO_SEARCH), roomId, gone);
    await start(indexer());
    await expect.poll(words, SOON).toEqual([]);
  });

  it('is made anew in another language', async () => {
    const english = await start(indexer('english'));
    const roomId = await createRoom(english);
    await english.store(buildMessage(roomId, ALICE, 'running'));
    await expect.poll(words, SOON).toEqual(['run']);
    await start(indexer('simple'));
    await expect.poll(words, SOON).toEqual(['running']);
  });
});
