import { SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteAnswer, RemoteRequest } from '@plexus/remote-servers';
import { RemoteServerError } from '@plexus/remote-servers';
import { buildRoomEvent, findRoomVersion, POLICY_KEY_ID, signEvent } from '@plexus/room-dag';
import { expect, it } from 'vitest';
import { AskPolicyServer } from './ask-policy-server.ts';

const server = new SigningKey('ed25519:a', Buffer.alloc(32, 1));
const policyKey = new SigningKey(POLICY_KEY_ID, Buffer.alloc(32, 2));
const policyServer = { serverName: 'policy.example', publicKey: policyKey.publicKey };

function anEvent() {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('the version is known');
  const built = buildRoomEvent(
    {
      type: 'm.room.message',
      sender: '@alice:a.example',
      roomId: '!r:a.example',
      content: { body: 'hello' },
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs: 1,
    },
    rules,
    [{ serverName: 'a.example', key: server }],
  );
  if (built.outcome !== 'ok') throw new Error(built.because);
  return built;
}

const { event, bytes } = anEvent();
const question = { origin: 'a.example', policyServer, event, bytes };

function signaturesOf(key: SigningKey): JsonObject {
  const { pdu } = signEvent(event, [{ serverName: 'policy.example', key }]).event;
  const all = pdu['signatures'] as JsonObject;
  return { 'policy.example': all['policy.example'] ?? {} };
}

function setUp(...answers: (RemoteAnswer | Error)[]) {
  const asked: RemoteRequest[] = [];
  const waited: number[] = [];
  const outcomes: string[] = [];
  const clock = {
    time: 1_000,
    now: () => clock.time,
    delay: async (ms: number) => {
      waited.push(ms);
    },
  };
  const asker = new AskPolicyServer({
    servers: {
      request: async (request) => {
        asked.push(request);
        const answer = answers.shift();
        if (answer === undefined) throw new Error('nobody expected another question');
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    clock,
    asked: (outcome) => outcomes.push(outcome),
  });
  return { asker, asked, waited, outcomes, clock };
}

function answered(status: number, body: JsonObject): RemoteAnswer {
  return { outcome: 'answered', status, body };
}

it('asks with the very bytes of the event and takes the signature', async () => {
  const signatures = signaturesOf(policyKey);
  const { asker, asked, outcomes } = setUp(answered(200, signatures));
  expect(await asker.ask(question)).toEqual({
    outcome: 'signed',
    signature: (signatures['policy.example'] as JsonObject)[POLICY_KEY_ID],
  });
  expect(asked).toMatchObject([
    { origin: 'a.example', destination: 'policy.example', method: 'POST', path: '/_matrix/policy/v1/sign' },
  ]);
  expect(asked[0]?.body).toBe(bytes);
  expect(outcomes).toEqual(['signed']);
});

it.each<[string, JsonObject]>([
  ['no signature', {}],
  ['a signature of another server', { 'other.example': { [POLICY_KEY_ID]: 'x' } }],
  ['a wrong signature', { 'policy.example': { [POLICY_KEY_ID]: 'A'.repeat(86) } }],
  ['a signature by another key', signaturesOf(new SigningKey(POLICY_KEY_ID, Buffer.alloc(32, 3)))],
  ['a signature under another key id', signaturesOf(server)],
])('does not take %s for a recommendation', async (_name, body) => {
  const { asker } = setUp(answered(200, body));
  expect(await asker.ask(question)).toMatchObject({ outcome: 'refused', errcode: 'M_FORBIDDEN', httpStatus: 403 });
});

it('passes on what the policy server says', async () => {
  const { asker } = setUp(answered(400, { errcode: 'M_FORBIDDEN', error: 'possible spam' }));
  expect(await asker.ask(question)).toEqual({
    outcome: 'refused',
    errcode: 'M_FORBIDDEN',
    httpStatus: 400,
    error: 'possible spam',
    retryAfterMs: undefined,
  });
});

it('says that a server is no policy server without its error code', async () => {
  const { asker } = setUp(answered(404, { errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request' }));
  expect(await asker.ask(question)).toMatchObject({ outcome: 'refused', errcode: 'M_FORBIDDEN', httpStatus: 403 });
});

it('waits once where it asks too much, and says for how long where that is longer', async () => {
  const limited = (ms: number): RemoteAnswer =>
    answered(429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slow', retry_after_ms: ms });
  const short = setUp(limited(300), answered(200, signaturesOf(policyKey)));
  expect((await short.asker.ask(question)).outcome).toBe('signed');
  expect(short.waited).toEqual([300]);
  const twice = setUp(limited(300), limited(400));
  expect(await twice.asker.ask(question)).toMatchObject({ outcome: 'refused', httpStatus: 429, retryAfterMs: 400 });
  const long = setUp(limited(60_000));
  expect(await long.asker.ask(question)).toMatchObject({ outcome: 'refused', httpStatus: 429, retryAfterMs: 60_000 });
});

it('leaves a server alone that gave no answer, and then asks it again', async () => {
  const silent: RemoteAnswer = { outcome: 'unreachable', reason: 'timeout', because: 'nothing came' };
  const { asker, asked, clock, outcomes } = setUp(silent, answered(200, signaturesOf(policyKey)));
  expect(await asker.ask(question)).toMatchObject({ outcome: 'unavailable', isTemporary: true });
  expect(await asker.ask(question)).toMatchObject({ outcome: 'unavailable', isTemporary: true });
  expect(asked).toHaveLength(1);
  clock.time += 15_000;
  expect((await asker.ask(question)).outcome).toBe('signed');
  expect(outcomes).toEqual(['unavailable', 'left-alone', 'signed']);
});

it.each<[string, RemoteAnswer, boolean]>([
  ['an error of the server', answered(502, {}), true],
  ['no JSON', { outcome: 'unreachable', reason: 'not-json', because: 'html' }, true],
  ['a server that we must not ask', { outcome: 'unreachable', reason: 'not-allowed', because: 'denied' }, false],
])('has no answer by %s', async (_name, answer, isTemporary) => {
  const { asker } = setUp(answer);
  expect(await asker.ask(question)).toMatchObject({ outcome: 'unavailable', isTemporary });
});

it('throws where our own side is broken, and blames nobody for it', async () => {
  const { asker } = setUp(new RemoteServerError('no sender'), answered(200, signaturesOf(policyKey)));
  await expect(asker.ask(question)).rejects.toThrow(RemoteServerError);
  expect((await asker.ask(question)).outcome).toBe('signed');
});
