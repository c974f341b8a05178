import type { RoomEvent } from '@plexus/room-dag';
import { describe, expect, it } from 'vitest';
import { spaceChildrenOf } from './space-children.ts';

function child(stateKey: string, originServerTs: number, content: object): RoomEvent {
  const parts = { type: 'm.space.child', stateKey, originServerTs, content: { via: ['a.test'], ...content } };
  return parts as Partial<RoomEvent> as RoomEvent;
}

describe('spaceChildrenOf', () => {
  it('orders the children as the specification’s example', () => {
    const events = [
      child('!d:a.test', 1640741000000, {}),
      child('!e:a.test', 1640641000000, {}),
      child('!c:a.test', 1640841000000, { order: 'first' }),
      child('!a:a.test', 1640141000000, { order: 'aaaa' }),
      child('!b:a.test', 1640341000000, { order: ' ' }),
    ];
    expect(spaceChildrenOf(events, false).map(({ stateKey }) => stateKey?.[1])).toEqual(['b', 'a', 'c', 'e', 'd']);
  });

  it('breaks ties by time, then by room id, and takes no invalid order', () => {
    const events = [
      child('!z:a.test', 1, { order: 'x' }),
      child('!y:a.test', 1, { order: 'x' }),
      child('!x:a.test', 2, { order: 'x' }),
      child('!w:a.test', 0, { order: 'ä' }),
      child('!v:a.test', 0, { order: 'o'.repeat(51) }),
    ];
    expect(spaceChildrenOf(events, false).map(({ stateKey }) => stateKey?.[1])).toEqual(['y', 'z', 'x', 'v', 'w']);
  });

  it('leaves out what is no child, and on request what nobody suggests', () => {
    const events = [
      child('!a:a.test', 1, { via: undefined }),
      child('!b:a.test', 1, { via: [] }),
      child('nonsense', 1, {}),
      child('!c:a.test', 1, {}),
      child('!d:a.test', 1, { suggested: true }),
    ];
    expect(spaceChildrenOf(events, false).map(({ stateKey }) => stateKey)).toEqual(['!c:a.test', '!d:a.test']);
    expect(spaceChildrenOf(events, true).map(({ stateKey }) => stateKey)).toEqual(['!d:a.test']);
  });
});
