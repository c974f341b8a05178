import type { JsonObject } from '@plexus/matrix-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
} from '../../test-support/commands.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { ScriptedPolicyServer } from '../../test-support/scripted-policy-server.ts';

const RHEA = '@rhea:remote.example';

describe('state that was redacted', () => {
  let test: TestDatabase;
  let policy: ScriptedPolicyServer;
  let harness: PersisterHarness;
  let room: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    policy = new ScriptedPolicyServer('remote.example');
    harness = await startPersister(test, { ports: { policy } });
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    room = made.roomId;
    await harness.store(made.command);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function setState(type: string, content: JsonObject): Promise<string> {
    const [eventId = ''] = await harness.store(buildSend(room, buildState(type, '', ALICE, content)));
    return eventId;
  }

  async function redact(eventId: string): Promise<void> {
    await harness.store(buildSend(room, { ...buildProto('m.room.redaction', ALICE, {}), redacts: eventId }));
  }

  it('can be set again in the same words', async () => {
    const first = await setState('m.room.topic', { topic: 'tea' });
    expect(await setState('m.room.topic', { topic: 'tea' })).toBe(first);
    await redact(first);
    expect(await setState('m.room.topic', { topic: 'tea' })).not.toBe(first);
  });

  it('is not told to whom is invited', async () => {
    await redact(await setState('m.room.name', { name: 'a secret' }));
    await harness.store(buildMembership(room, { sender: ALICE, target: BOB, membership: 'invite' }));
    const text = 'select stripped_state from user_rooms where user_id = $1';
    const read = { name: 'read_stripped_state', text };
    const [row] = await test.database.run<{ stripped_state: Buffer | null }>(read, [BOB]);
    const stripped = JSON.parse(row?.stripped_state?.toString() ?? '') as { type: string; content: JsonObject }[];
    expect(stripped.find(({ type }) => type === 'm.room.name')?.content).toEqual({});
  });

  it('names no policy server any more', async () => {
    const join = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
    await new RemoteServer(harness).send(room, join);
    const chosen = await setState('m.room.policy', policy.content);
    await harness.store(buildMessage(room, ALICE, 'asked about'));
    await redact(chosen);
    const asked = policy.asked.length;
    await harness.store(buildMessage(room, ALICE, 'not asked about'));
    expect([asked, policy.asked.length]).toEqual([2, 2]);
  });
});
