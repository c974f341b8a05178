import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PduOutcome } from '@plexus/rpc';
import type { ReceivedPdu } from '@plexus/rpc';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildAcceptPdu, buildCreateRoom, buildMembership } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const JOIN = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };

describe('PDUs whose senders wait', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  let roomId: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(made.command);
    roomId = made.roomId;
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function accept(record: FederationPduRecord): Promise<ReceivedPdu> {
    const result = await harness.execute(buildAcceptPdu(record));
    if (result.$case !== 'received') throw new Error(`not received: ${JSON.stringify(result)}`);
    return result.value;
  }

  it('answers what the checks came to, when it is stored, and the same again', async () => {
    const join = await remote.build(roomId, JOIN);
    const first = await accept(join);
    expect(first).toMatchObject({ outcome: PduOutcome.PDU_OUTCOME_ACCEPTED, rule: '' });
    const room = await harness.rooms.findRoom(roomId);
    expect(room?.joinedCount).toBe(2);
    expect(first.position).toBe((await harness.rooms.readPositions())[room?.shard ?? 0]);
    expect(await accept(join)).toMatchObject({ outcome: PduOutcome.PDU_OUTCOME_ACCEPTED });
  });

  it('names the rule that rejects it, or that soft-fails it', async () => {
    const intruder = await remote.build(roomId, { ...JOIN, type: 'm.room.message', content: {} });
    const { stateKey: _none, ...message } = { ...JOIN, type: 'm.room.message', content: {} };
    const said = await remote.build(roomId, message);
    for (const record of [intruder, said]) {
      expect(await accept(record)).toMatchObject({
        outcome: PduOutcome.PDU_OUTCOME_REJECTED,
        rule: 'sender.not_joined',
      });
    }
    const late = await remote.build(roomId, JOIN);
    await harness.store(buildMembership(roomId, { sender: ALICE, target: RHEA, membership: 'ban' }));
    expect(await accept(late)).toMatchObject({
      outcome: PduOutcome.PDU_OUTCOME_SOFT_FAILED,
      rule: 'member.join.banned',
    });
    expect(await accept(late)).toMatchObject({ outcome: PduOutcome.PDU_OUTCOME_SOFT_FAILED });
  });

  it('says what is missing, and neither stores nor parks', async () => {
    const record = await remote.build(roomId, { ...JOIN, prevEvents: ['$unknown'], authEvents: [] });
    expect(await accept(record)).toMatchObject({
      outcome: PduOutcome.PDU_OUTCOME_MISSING_EVENTS,
      missingEventIds: ['$unknown'],
    });
    const { shard = 0, roomNid = 0 } = (await harness.rooms.findRoom(roomId)) ?? {};
    expect(await harness.rooms.listWaiting(shard)).toEqual([]);
    expect(await harness.rooms.findEventsById(shard, roomNid, [record.eventId])).toEqual(new Map());
  });

  it('drops what is of a room that nobody here is in any more', async () => {
    const join = await remote.build(roomId, JOIN);
    await harness.store(buildMembership(roomId, { sender: ALICE, membership: 'leave' }));
    expect(await accept(join)).toMatchObject({ outcome: PduOutcome.PDU_OUTCOME_DROPPED });
  });
});
