import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomCommand } from '@plexus/rpc';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';

/** Postgres refuses a NUL in any text, and would refuse it at every repetition. */
describe('text that Postgres cannot keep', () => {
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

  async function createRoom(wish: object = {}): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE, ...wish }, harness.servers);
    await harness.store(command);
    return roomId;
  }

  it('is refused in what a command brings, and nothing fails', async () => {
    const roomId = await createRoom();
    const said = buildProto('m.room.message', ALICE, { body: 'hello', msgtype: 'm.text' });
    const commands: RoomCommand[] = [
      buildMessage(roomId, ALICE, 'hello', 'command\0'),
      buildSend(roomId, { ...said, transactionId: 'txn\0' }),
      buildSend(roomId, { ...said, senderDeviceId: 'device\0' }),
      withDevice(buildMembership(roomId, { sender: BOB, membership: 'join' }), 'device\0'),
      buildMembership(roomId, { sender: ALICE, target: '@b\0b:one.example', membership: 'ban' }),
      buildSend(roomId, { ...said, redacts: '$event\0', type: 'm.room.redaction' }),
      buildSend('!room\0:one.example', said),
    ];
    for (const command of commands) expect(await harness.execute(command)).toMatchObject({ $case: 'refused' });
    expect(harness.observer.failures).toEqual([]);
    expect(harness.observer.poisonings).toEqual([]);
  });

  it('is kept where it is part of an event', async () => {
    const roomId = await createRoom();
    const eventIds = [
      ...(await harness.store(buildMessage(roomId, ALICE, 'he\0llo'))),
      ...(await harness.store(buildSend(roomId, buildState('m.te\0st', 'k\0ey', ALICE, {})))),
    ];
    expect(eventIds).toHaveLength(2);
  });

  it('in the room of a join condition names no room', async () => {
    const allow = [{ type: 'm.room_membership', room_id: '!other\0:one.example' }];
    const roomId = await createRoom({ joinRules: { join_rule: 'restricted', allow } });
    const join = buildMembership(roomId, { sender: BOB, membership: 'join' });
    expect(await harness.execute(join)).toMatchObject({ $case: 'refused', value: { errcode: 'M_FORBIDDEN' } });
  });

  it('in the target of another server’s ban does not hold up the projection of memberships', async () => {
    const roomId = await createRoom({ powerLevels: { users: { [ALICE]: 100, [RHEA]: 100 } } });
    const remote = new RemoteServer(harness);
    await remote.send(roomId, { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } });
    const banned = { type: 'm.room.member', sender: RHEA, content: { membership: 'ban' } };
    await remote.send(roomId, { ...banned, stateKey: '@b\0b:one.example' });
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
    await harness.store(buildMembership(roomId, { sender: BOB, membership: 'join' }));
    expect(harness.observer.failures).toEqual([]);
  });
});

function withDevice(command: RoomCommand, senderDeviceId: string): RoomCommand {
  if (command.command?.$case !== 'changeMembership') return command;
  return { ...command, command: { ...command.command, value: { ...command.command.value, senderDeviceId } } };
}
