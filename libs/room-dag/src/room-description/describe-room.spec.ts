import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '../pdu/pdu.ts';
import { describeRoom } from './describe-room.ts';

function topicOf(content: JsonObject): string | undefined {
  const topic = { type: 'm.room.topic', stateKey: '', content } as Partial<RoomEvent> as RoomEvent;
  return describeRoom({ find: (type) => (type === 'm.room.topic' ? topic : undefined) }).topic;
}

describe('the topic of a room', () => {
  it('is the plain text among its representations', () => {
    const html = { mimetype: 'text/html', body: '<b>Tea</b>' };
    const plain = { mimetype: 'text/plain', body: 'Tea' };
    expect(topicOf({ topic: 'older', 'm.topic': { 'm.text': [html, plain] } })).toBe('Tea');
    expect(topicOf({ topic: 'older', 'm.topic': { 'm.text': [{ body: 'Leaves' }] } })).toBe('Leaves');
  });

  it('is the text of older clients where no representation is plain', () => {
    expect(topicOf({ topic: 'Tea' })).toBe('Tea');
    const html = { mimetype: 'text/html', body: '<b>Tea</b>' };
    for (const rich of [{ 'm.text': [html, { body: 5 }, null] }, { 'm.text': 'x' }, {}, 'x', null]) {
      expect(topicOf({ topic: 'Tea', 'm.topic': rich })).toBe('Tea');
    }
    expect(topicOf({ 'm.topic': { 'm.text': [html] } })).toBeUndefined();
  });
});
