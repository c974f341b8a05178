import { SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { OutboundAnswer, OutboundRequest } from '@plexus/remote-servers';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { expect, it } from 'vitest';
import { CheckInviteKeys } from './check-invite-keys.ts';

const identity = new SigningKey('ed25519:0', Buffer.alloc(32, 4));
const other = new SigningKey('ed25519:1', Buffer.alloc(32, 5));
const server = new SigningKey('ed25519:a', Buffer.alloc(32, 6));
const VALIDITY_URL = 'https://identity.example/pubkey/isvalid?x=1';

function event(type: string, stateKey: string, content: JsonObject): RoomEvent {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('the version is known');
  const built = buildRoomEvent(
    {
      type,
      sender: '@alice:a.example',
      roomId: '!r:a.example',
      stateKey,
      content,
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs: 1,
    },
    rules,
    [{ serverName: 'a.example', key: server }],
  );
  if (built.outcome !== 'ok') throw new Error(built.because);
  return built.event;
}

const signed = signJson(
  { mxid: '@bob:b.example', token: 'abc', sender: '@alice:a.example' },
  'identity.example',
  identity,
);
const invite = event('m.room.member', '@bob:b.example', {
  membership: 'invite',
  third_party_invite: { display_name: 'b…', signed },
});

function thirdPartyInvite(content: JsonObject): RoomEvent {
  return event('m.room.third_party_invite', 'abc', { display_name: 'b…', ...content });
}

function answering(answer: OutboundAnswer | undefined) {
  const asked: OutboundRequest[] = [];
  const check = new CheckInviteKeys({
    send: async (request) => {
      asked.push(request);
      if (answer === undefined) throw new Error('nobody expected a question');
      return answer;
    },
  });
  return { check, asked };
}

function answered(body: JsonObject, status = 200): OutboundAnswer {
  return { outcome: 'answered', status, headers: {}, bytes: Buffer.from(JSON.stringify(body)) };
}

const withUrl = thirdPartyInvite({ public_key: identity.publicKey, key_validity_url: VALIDITY_URL });

it('asks the identity server about the key that signed, at the address that it gave', async () => {
  const { check, asked } = answering(answered({ valid: true }));
  expect(await check.execute(invite, [withUrl])).toBe(true);
  expect(asked).toMatchObject([
    {
      endpoint: { host: 'identity.example', port: 443, hostHeader: 'identity.example' },
      method: 'GET',
      target: `/pubkey/isvalid?x=1&public_key=${encodeURIComponent(identity.publicKey)}`,
    },
  ]);
});

it.each<[string, OutboundAnswer]>([
  ['that the key is not valid', answered({ valid: false })],
  ['an error', answered({ valid: true }, 500)],
  ['something else', answered({ valid: 'yes' })],
  ['nothing', { outcome: 'unreachable', reason: 'timeout', because: 'too late' }],
])('does not trust a key where the answer is %s', async (_name, answer) => {
  expect(await answering(answer).check.execute(invite, [withUrl])).toBe(false);
});

it.each(['http://identity.example/isvalid', 'https://u:p@identity.example/', 'nonsense', 'file:///etc/passwd'])(
  'does not ask at %s',
  async (url) => {
    const { check, asked } = answering(undefined);
    const event = thirdPartyInvite({ public_key: identity.publicKey, key_validity_url: url });
    expect([await check.execute(invite, [event]), asked]).toEqual([false, []]);
  },
);

it('takes any of the keys that signed, and asks about no other', async () => {
  const { check, asked } = answering(undefined);
  const event = thirdPartyInvite({
    public_key: other.publicKey,
    key_validity_url: VALIDITY_URL,
    public_keys: [{ public_key: other.publicKey, key_validity_url: VALIDITY_URL }, { public_key: identity.publicKey }],
  });
  expect([await check.execute(invite, [event]), asked]).toEqual([true, []]);
});

it('has nothing to ask of other invites', async () => {
  const { check } = answering(undefined);
  expect(await check.execute(event('m.room.member', '@bob:b.example', { membership: 'invite' }), [])).toBe(true);
});
