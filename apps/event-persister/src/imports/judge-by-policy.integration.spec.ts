import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederationPduRecord } from '@plexus/topics';
import { JoinedCopy } from '../../test-support/joined-copy.ts';
import type { JoinAnswer } from '../../test-support/joined-copy.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteRoom } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { ScriptedPolicyServer } from '../../test-support/scripted-policy-server.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';
const MALLORY = '@mallory:remote.example';
const SILENT = { outcome: 'unavailable', isTemporary: true, because: 'nobody is at home' } as const;

/** Mallory kicks Rick; that Mallory was banned before is not known as long as members are missing, and then what Rick says is allowed after all. */
describe('events in a room with a policy server that the complete state allows', () => {
  let test: TestDatabase;
  let policy: ScriptedPolicyServer;
  let harness: PersisterHarness;
  let copy: JoinedCopy;
  let whole: Omit<JoinAnswer, 'partialAmong'>;
  let kick: FederationPduRecord;
  let said: FederationPduRecord[];
  beforeEach(async () => {
    test = await createTestDatabase();
    policy = new ScriptedPolicyServer('remote.example');
    harness = await startPersister(test, { ports: { policy } });
    const room = new RemoteRoom({ creator: RHEA });
    const superseded = room.state().filter(({ event }) => event.type === 'm.room.power_levels');
    const users = { [RHEA]: 100, [MALLORY]: 60, [RICK]: 50 };
    room.add({ type: 'm.room.power_levels', sender: RHEA, stateKey: '', content: { users } });
    room.add({ type: 'm.room.policy', sender: RHEA, stateKey: '', content: policy.content });
    const members = [RICK, MALLORY].map((userId) => room.member(userId, 'join'));
    const [rick = '', mallory = ''] = members.map(({ event }) => event.eventId);
    room.add({ type: 'm.room.member', sender: RHEA, stateKey: MALLORY, content: { membership: 'ban' } });
    const state = room.state();
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    const join = room.member(ALICE, 'join', { serverName: 'one.example', key });
    const auth = [...superseded, ...members.slice(1)];
    whole = { join, state, auth };
    const needed = state.filter(({ event }) => event.type !== 'm.room.member' || event.stateKey === RHEA);
    copy = new JoinedCopy(test, harness, room);
    await copy.join({ join, state: needed, auth: superseded, partialAmong: ['remote.example'] });
    await copy.give(members);
    const remote = new RemoteServer(harness);
    const idOf = (type: string): string => state.find(({ event }) => event.type === type)?.event.eventId ?? '';
    const common = [idOf('m.room.create'), idOf('m.room.power_levels')];
    kick = remote.buildAlone(room.roomId, {
      type: 'm.room.member',
      sender: MALLORY,
      stateKey: RICK,
      content: { membership: 'leave' },
      prevEvents: [join.event.eventId],
      authEvents: [...common, mallory, rick],
      depth: 100,
    });
    said = [];
    for (const body of ['one', 'two']) {
      const prevEvents = [said.at(-1)?.eventId ?? kick.eventId];
      const message = { type: 'm.room.message', sender: RICK, content: { body, msgtype: 'm.text' } };
      said.push(remote.buildAlone(room.roomId, { ...message, prevEvents, authEvents: [...common, rick], depth: 101 }));
    }
    await remote.deliver([kick, ...said]);
    policy.asked.length = 0;
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  it('are shown to it, and stored with its signature', async () => {
    expect(await copy.statuses([kick, ...said])).toEqual(['accepted', 'rejected', 'rejected']);
    await copy.join(whole);
    const ids = said.map(({ eventId }) => eventId);
    expect(policy.asked.map(({ origin, event }) => [origin, event.eventId])).toEqual(
      ids.map((eventId) => ['one.example', eventId]),
    );
    expect(await copy.statuses([kick, ...said])).toEqual(['rejected', 'accepted', 'accepted']);
    const stored = await copy.find(ids);
    expect(ids.map((eventId) => policy.hasSigned(stored.get(eventId)?.json))).toEqual([true, true]);
    expect(await copy.extremities()).toEqual(ids.slice(1));
  });

  it('are kept from users where it gives no signature', async () => {
    policy.answer = SILENT;
    await copy.join(whole);
    expect(await copy.statuses([kick, ...said])).toEqual(['rejected', 'soft-failed', 'soft-failed']);
    expect((await copy.record()).partialJoin).toBeUndefined();
    expect(await copy.extremities()).toEqual([whole.join.event.eventId]);
  });
});
