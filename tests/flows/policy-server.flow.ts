import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { isJsonObject, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { findPolicySignature, findRoomVersion, POLICY_KEY_ID } from '@plexus/room-dag';
import { acceptPdu, Visitor } from '@plexus/testing';
import type { ScriptedAnswer } from '@plexus/testing';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const SOON = { timeout: 20_000, interval: 50 };
const SIGN = '/_matrix/policy/v1/sign';
const KEY = new SigningKey(POLICY_KEY_ID, Buffer.alloc(32, 9));

inBothModes('a room with a policy server', (deploy) => {
  let deployment: Deployment;
  let alice: MatrixClient;
  let policy: Visitor;
  let roomId: string;
  /** What it does not want to be said. */
  let answer: ((event: JsonObject) => ScriptedAnswer) | undefined;

  beforeAll(async () => {
    deployment = await deploy();
    const http = new MatrixHttp(deployment);
    alice = await http.register(uniqueName('alice'));
    policy = await Visitor.open(http, { destination: 'one.test' });
    policy.server.answer('POST', /^\/_matrix\/policy\/v1\/sign$/, ({ body }) => answer?.(body) ?? signed(body));
    roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
    await policy.join(roomId, policy.user('guard'));
    const content = { via: policy.serverName, public_keys: { ed25519: KEY.publicKey } };
    await alice.setState(roomId, 'm.room.policy', content);
  });
  afterAll(() => policy.stop());

  function signed(body: JsonObject): ScriptedAnswer {
    const rules = findRoomVersion('11');
    if (rules === undefined) throw new Error('the version is known');
    const { pdu } = acceptPdu({ name: policy.serverName, key: KEY }, body, rules);
    const signature = findPolicySignature(pdu['signatures'], policy.serverName) ?? '';
    return { status: 200, body: { [policy.serverName]: { [POLICY_KEY_ID]: signature } } };
  }

  function asked(): readonly JsonObject[] {
    return policy.server.requests.filter(({ path }) => path === SIGN).map(({ body }) => body);
  }

  it('shows everything to it first, and other servers see its signature', async () => {
    await alice.send(roomId, 'hello');
    await vi.waitFor(() => expect(policy.inbox.said).toEqual(['hello']), SOON);
    const [question] = asked();
    expect([asked().length, question?.['content']]).toEqual([1, { msgtype: 'm.text', body: 'hello' }]);
    const pdu = policy.inbox.pdus.find(({ type }) => type === 'm.room.message');
    const signatures = isJsonObject(pdu?.['signatures']) ? pdu['signatures'] : {};
    expect(Object.keys(signatures).sort()).toEqual([policy.serverName, alice.userId.split(':')[1]].sort());
    const { credentials } = policy.server.requests.find(({ path }) => path === SIGN) ?? {};
    expect(credentials).toMatchObject({ origin: 'one.test', destination: policy.serverName });
  });

  it('tells people why it does not want what they say', async () => {
    answer = () => ({ status: 400, body: { errcode: 'M_FORBIDDEN', error: 'That looks like spam' } });
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${uniqueName('t')}`;
    const message = { msgtype: 'm.text', body: 'buy this' };
    const refused = await alice.call('PUT', path, message);
    expect([refused.status, refused.body]).toEqual([400, { errcode: 'M_FORBIDDEN', error: 'That looks like spam' }]);
    answer = () => ({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', error: 'slowly', retry_after_ms: 60_000 } });
    const limited = await alice.call('PUT', path, message);
    expect([limited.status, limited.body]).toEqual([
      429,
      { errcode: 'M_LIMIT_EXCEEDED', error: 'slowly', retry_after_ms: 60_000 },
    ]);
    answer = undefined;
    await alice.send(roomId, 'something nicer');
    await vi.waitFor(() => expect(policy.inbox.said).toEqual(['hello', 'something nicer']), SOON);
  });

  it('is free again without it, even while it is not there', async () => {
    answer = () => ({ status: 503, body: {} });
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${uniqueName('t')}`;
    const reply = await alice.call('PUT', path, { msgtype: 'm.text', body: 'is anybody there?' });
    expect([reply.status, reply.body['errcode']]).toEqual([502, 'M_UNKNOWN']);
    await alice.setState(roomId, 'm.room.policy', {});
    await alice.send(roomId, 'at last');
    await vi.waitFor(() => expect(policy.inbox.said.at(-1)).toBe('at last'), SOON);
  });
});
