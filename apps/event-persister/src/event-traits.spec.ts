import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { EventCounts, findTraits } from './event-traits.ts';

function traitsOf(event: JsonObject): ReturnType<typeof findTraits> {
  return findTraits({ json: Buffer.from(encodeCanonicalJson(event, 'any')) });
}

it('finds type and server in an event whose content tries to look like another one', () => {
  const content = {
    body: '"type":"m.room.create","sender":"@eve:evil.test"',
    type: 'm.room.topic',
    sender: '@e:evil.test',
  };
  const event = {
    content,
    room_id: '!a:one.test',
    sender: '@ann:one.test:8448',
    state_key: '',
    type: 'm.room.message',
  };
  expect(traitsOf(event)).toEqual({ type: 'm.room.message', senderServer: 'one.test:8448' });
});

it('counts what anybody may call as they like as one', () => {
  expect(traitsOf({ sender: '@ann:one.test', type: 'org.example.mine' }).type).toBe('other');
  expect(traitsOf({})).toEqual({ type: 'other', senderServer: '' });
});

it('counts by type and origin', () => {
  const counts = new EventCounts();
  for (const isLocal of [true, true, false]) counts.add('m.room.message', isLocal);
  expect([...counts.read()]).toEqual([
    [{ type: 'm.room.message', origin_type: 'local', origin_entity: '*client*' }, 2],
    [{ type: 'm.room.message', origin_type: 'remote', origin_entity: '*server*' }, 1],
  ]);
});
