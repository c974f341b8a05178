import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildProto,
  buildSend,
  buildState,
  nextCommandId,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';

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

interface SummaryRow {
  readonly name: string | null;
  readonly topic: string | null;
  readonly joined_count: number;
}

async function summaryOf(roomId: string): Promise<SummaryRow | undefined> {
  const text = 'select name, topic, joined_count from room_summaries where room_id = $1';
  const [row] = await test.database.run<SummaryRow>({ name: 'read_summary', text }, [roomId]);
  return row;
}

async function setState(roomId: string, type: string, content: { [key: string]: string }): Promise<string> {
  const [eventId = ''] = await harness.store(buildSend(roomId, buildState(type, '', ALICE, content)));
  return eventId;
}

async function redact(roomId: string, eventId: string): Promise<void> {
  await harness.store(buildSend(roomId, { ...buildProto('m.room.redaction', ALICE, {}), redacts: eventId }));
}

it('says nothing that was redacted, neither at once nor later', async () => {
  const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
  await harness.store(command);
  await setState(roomId, 'm.room.join_rules', { join_rule: 'public' });
  await harness.store({ ...command, commandId: nextCommandId(), command: { $case: 'listRoom', value: {} } });
  const old = await setState(roomId, 'm.room.name', { name: 'Old' });
  const name = await setState(roomId, 'm.room.name', { name: 'Tea' });
  const topic = await setState(roomId, 'm.room.topic', { topic: 'Leaves' });

  await redact(roomId, old);
  expect(await summaryOf(roomId)).toEqual({ name: 'Tea', topic: 'Leaves', joined_count: 1 });
  await redact(roomId, name);
  expect(await summaryOf(roomId)).toEqual({ name: null, topic: 'Leaves', joined_count: 1 });
  await harness.store(buildMembership(roomId, { sender: BOB, membership: 'join' }));
  expect(await summaryOf(roomId)).toEqual({ name: null, topic: 'Leaves', joined_count: 2 });

  // Another process reads all of it from storage.
  await harness.stop();
  harness = await startPersister(test);
  await redact(roomId, topic);
  expect(await summaryOf(roomId)).toEqual({ name: null, topic: null, joined_count: 2 });
  await setState(roomId, 'm.room.name', { name: 'New' });
  expect(await summaryOf(roomId)).toEqual({ name: 'New', topic: null, joined_count: 2 });
});
