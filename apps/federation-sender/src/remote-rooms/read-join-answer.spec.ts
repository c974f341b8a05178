import { encodeCanonicalJson, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { AnswerReader, PduChecker } from '@plexus/pdu-checks';
import type { KeyRing } from '@plexus/remote-servers';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { BuiltRoomEvent } from '@plexus/room-dag';
import { describe, expect, it } from 'vitest';
import { readJoinAnswer } from './read-join-answer.ts';

const NOW = 1_700_000_000_000;
const ROOM = '!room:far.example';
const RHEA = '@rhea:far.example';
const ALICE = '@alice:here.example';
const far = new SigningKey('ed25519:f', Buffer.alloc(32, 1));
const here = new SigningKey('ed25519:h', Buffer.alloc(32, 2));
const keysOf = new Map([
  ['far.example', far],
  ['here.example', here],
]);

const keys: Pick<KeyRing, 'findKeys'> = {
  async findKeys(serverName, keyIds) {
    const key = keysOf.get(serverName);
    const known = key !== undefined && keyIds.includes(key.keyId) ? [key] : [];
    return new Map(known.map(({ keyId, publicKey }) => [keyId, { keyId, publicKey, validUntil: NOW + 1_000 }]));
  },
};
const clock = { now: () => NOW };
const ports = {
  answers: new AnswerReader({ keys, clock, atOnce: 1 }),
  // One event at a time is verified without a thread.
  checker: new PduChecker({ keys, clock, threads: { verify: async () => [] } }),
};
const rules = findRoomVersion('10') ?? raise();

function raise(): never {
  throw new Error('the version is known');
}

function make(sender: string, type: string, content: JsonObject, stateKey = ''): BuiltRoomEvent {
  const serverName = sender.slice(sender.indexOf(':') + 1);
  const proto = { type, sender, stateKey, content, roomId: ROOM, prevEvents: [], authEvents: [], depth: 1 };
  const signer = { serverName, key: keysOf.get(serverName) ?? far };
  const built = buildRoomEvent({ ...proto, originServerTs: NOW }, rules, [signer]);
  return built.outcome === 'ok' ? built : raise();
}

const create = make(RHEA, 'm.room.create', { room_version: '10', creator: RHEA });
const founder = make(RHEA, 'm.room.member', { membership: 'join' }, RHEA);
const join = make(ALICE, 'm.room.member', { membership: 'join' }, ALICE);

function read(answer: JsonObject, authorisingUser?: string) {
  const bytes = Buffer.from(encodeCanonicalJson({ state: [create.event.pdu], auth_chain: [], ...answer }));
  return readJoinAnswer(ports, bytes, { roomId: ROOM, rules, join, authorisingUser });
}

describe('the answer to a join', () => {
  it('gives the state, and what is cited besides', async () => {
    const answer = await read({ auth_chain: [create.event.pdu, founder.event.pdu], event: join.event.pdu });
    expect(answer).toMatchObject({ outcome: 'ok', isPartial: false, serversInRoom: [] });
    if (answer.outcome !== 'ok') return;
    expect(answer.state.map(({ eventId }) => eventId)).toEqual([create.event.eventId]);
    expect(answer.auth.map(({ eventId }) => eventId)).toEqual([founder.event.eventId]);
    expect(answer.join).toEqual({ eventId: join.event.eventId, bytes: join.bytes });
  });

  it('tells which servers are in a room whose members are missing', async () => {
    const answer = await read({ members_omitted: true, servers_in_room: ['far.example', 'no server/'] });
    expect(answer).toMatchObject({ outcome: 'ok', isPartial: true, serversInRoom: ['far.example'] });
  });

  it.each([
    ['without a create event', { state: [founder.event.pdu] }],
    ['whose room has another version', { state: [make(RHEA, 'm.room.create', { room_version: '9' }).event.pdu] }],
    ['without a list', { auth_chain: 'none' }],
    ['whose servers are no list', { servers_in_room: 'far.example' }],
  ])('is none %s', async (_what, answer) => {
    expect(await read(answer)).toMatchObject({ outcome: 'malformed' });
  });

  it('needs the word of the server that let the user in', async () => {
    expect(await read({}, RHEA)).toMatchObject({ outcome: 'malformed', because: 'nobody vouches for the join' });
    expect(await read({}, '@bob:here.example')).toMatchObject({ outcome: 'ok' });
  });
});
