import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { readTemplate } from './membership-template.ts';

const ROOM = '!room:far.example';
const ALICE = '@alice:one.example';
const ASKED = { roomId: ROOM, userId: ALICE, membership: 'join' } as const;
const EVENT: JsonObject = {
  type: 'm.room.member',
  room_id: ROOM,
  sender: ALICE,
  state_key: ALICE,
  content: { membership: 'join', join_authorised_via_users_server: '@victor:far.example' },
  prev_events: ['$prev'],
  auth_events: ['$create', '$power'],
  depth: 12,
};

function read(change: JsonObject = {}, roomVersion = '10') {
  return readTemplate({ room_version: roomVersion, event: { ...EVENT, ...change } }, ASKED);
}

describe('readTemplate', () => {
  it('takes the place in the room from a template, and nothing else', () => {
    expect(read({ origin: 'far.example', origin_server_ts: 1 })).toMatchObject({
      outcome: 'ok',
      rules: { version: '10' },
      prevEvents: ['$prev'],
      authEvents: ['$create', '$power'],
      depth: 12,
      referenceHashes: undefined,
      authorisingUser: '@victor:far.example',
    });
  });

  it.each([
    ['type', { type: 'm.room.message' }],
    ['room', { room_id: '!other:far.example' }],
    ['sender', { sender: '@eve:far.example' }],
    ['user', { state_key: '@eve:far.example' }],
    ['membership', { content: { membership: 'ban' } }],
    ['content', { content: 'join' }],
    ['prev_events', { prev_events: [['$prev', {}]] }],
    ['auth_events', { auth_events: 'all' }],
    ['depth', { depth: -1 }],
    ['depth that is no number', { depth: 'deep' }],
  ])('is not led astray by another %s', (_, change) => {
    expect(read(change)).toMatchObject({ outcome: 'malformed' });
  });

  it('has hashes beside the ids in old versions, and in these the version need not be named', () => {
    const citedWithout = ['$create', {}];
    const change = {
      prev_events: [['$prev', { sha256: 'p' }]],
      auth_events: [['$auth', { sha256: 'a' }], citedWithout],
    };
    const template = readTemplate({ event: { ...EVENT, ...change } }, ASKED);
    expect(template).toMatchObject({ outcome: 'ok', rules: { version: '1' }, prevEvents: ['$prev'] });
    expect(template.outcome === 'ok' && [...(template.referenceHashes ?? [])]).toEqual([
      ['$prev', 'p'],
      ['$auth', 'a'],
      ['$create', undefined],
    ]);
    const wrong = { ...change, auth_events: [['$auth', { sha256: 1 }]] };
    expect(readTemplate({ event: { ...EVENT, ...wrong } }, ASKED)).toMatchObject({ outcome: 'malformed' });
    expect(read(change)).toMatchObject({ outcome: 'malformed' });
  });

  it('knows who vouches only of joins, in versions that have it, and only where it is a user', () => {
    expect(read({}, '6')).toMatchObject({ authorisingUser: undefined });
    const content = { membership: 'join', join_authorised_via_users_server: 'somebody' };
    expect(read({ content })).toMatchObject({ authorisingUser: undefined });
  });

  it('says of a version that is not known here what the server should have said', () => {
    expect(read({}, 'org.example.99')).toMatchObject({
      outcome: 'refused',
      errcode: 'M_INCOMPATIBLE_ROOM_VERSION',
      status: 400,
      roomVersion: 'org.example.99',
    });
  });
});
