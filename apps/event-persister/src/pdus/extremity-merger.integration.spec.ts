import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { MANY_EXTREMITIES } from './merge-extremities-item.ts';

const RHEA = '@rhea:remote.example';
const JOIN = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
const SAID = { type: 'm.room.message', sender: RHEA, content: { body: 'fork', msgtype: 'm.text' } };

describe('rooms that other servers fork', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function forkedRoom(): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    const remote = new RemoteServer(harness);
    const joined = await remote.send(roomId, JOIN);
    for (let at = 0; at < MANY_EXTREMITIES + 1; at += 1) {
      await remote.send(roomId, { ...SAID, prevEvents: [joined] });
    }
    return roomId;
  }

  it('have their ends merged by an event of a hosted user', async () => {
    const roomId = await forkedRoom();
    const countExtremities = async (): Promise<number | undefined> =>
      (await harness.rooms.findRoom(roomId))?.forwardExtremities.length;
    await expect.poll(countExtremities, { timeout: 20_000 }).toBe(1);
    const { shard = 0, forwardExtremities = [] } = (await harness.rooms.findRoom(roomId)) ?? {};
    const [event] = (await harness.rooms.findEvents(shard, forwardExtremities)).values();
    expect(JSON.parse(event?.json.toString() ?? '')).toMatchObject({ type: 'org.matrix.dummy_event', sender: ALICE });
  });
});
