import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { describe, expect, it } from 'vitest';
import { searchDocumentOf } from './search-document.ts';

const PLACE = { shard: 1, eventNid: 2, roomNid: 3 };

function event(type: string, content: object, stateKey?: string): RoomEvent {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('no room version 11');
  const pdu = {
    auth_events: [],
    content,
    depth: 1,
    hashes: {},
    origin_server_ts: 7,
    prev_events: [],
    room_id: '!room:one.example',
    sender: '@alice:one.example',
    signatures: {},
    type,
    ...(stateKey !== undefined && { state_key: stateKey }),
  };
  return parseRoomEvent(Buffer.from(JSON.stringify(pdu)), `$${'e'.repeat(43)}`, rules);
}

describe('searchDocumentOf', () => {
  it.each<[string, RoomEvent, string, string]>([
    ['a message', event('m.room.message', { body: 'hello' }), 'content.body', 'hello'],
    ['a name', event('m.room.name', { name: 'garden' }, ''), 'content.name', 'garden'],
    ['a topic', event('m.room.topic', { topic: 'roses' }, ''), 'content.topic', 'roses'],
    [
      'the plain texts of a topic',
      event(
        'm.room.topic',
        {
          topic: 'a',
          'm.topic': {
            'm.text': [{ body: 'b' }, { mimetype: 'text/html', body: 'c' }, { mimetype: 'text/plain', body: 'd' }],
          },
        },
        '',
      ),
      'content.topic',
      'a\nb\nd',
    ],
    ['a text with what no database keeps', event('m.room.message', { body: 'a\0b' }), 'content.body', 'a b'],
  ])('has %s', (_what, from, key, text) => {
    expect(searchDocumentOf(from, PLACE)).toEqual({
      ...PLACE,
      sender: '@alice:one.example',
      originServerTs: 7,
      key,
      text,
    });
  });

  it.each([
    ['an encrypted message', event('m.room.encrypted', { body: 'x' })],
    ['a message that is state', event('m.room.message', { body: 'x' }, '')],
    ['a name that is no state', event('m.room.name', { name: 'x' })],
    ['a body that is no text', event('m.room.message', { body: 7 })],
    ['nothing', event('m.room.message', {})],
    ['blanks', event('m.room.message', { body: ' \n' })],
    ['a strange topic', event('m.room.topic', { 'm.topic': { 'm.text': 'x' } }, '')],
  ])('has nothing of %s', (_what, from) => {
    expect(searchDocumentOf(from, PLACE)).toBeUndefined();
  });
});
