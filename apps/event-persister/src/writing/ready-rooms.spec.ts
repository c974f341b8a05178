import { describe, expect, it } from 'vitest';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomItem } from './room-item.ts';
import { RoomQueues } from './room-queues.ts';

function itemOf(roomId: string, serverName: string, byteLength = 1): RoomItem {
  return {
    shard: 0,
    roomId,
    serverName,
    byteLength,
    enqueuedAt: 0,
    commandId: undefined,
    offset: undefined,
    loaded: new Loaded(),
    attempt: () => ({ outcome: 'settled' }),
    poison: () => false,
    settle: () => undefined,
  };
}

/** The rooms in the order in which it is their turn, each with all its items. */
function turns(queues: RoomQueues): string[] {
  const order: string[] = [];
  for (let queue = queues.takeReady(); queue !== undefined; queue = queues.takeReady()) {
    order.push(queue.roomId);
    queues.removeFirst(queue);
    queues.makeReady(queue);
  }
  return order;
}

describe('rooms that are ready', () => {
  it('take turns by hosted server: a thousand rooms of one do not hold up the one of another', () => {
    const queues = new RoomQueues();
    for (let room = 0; room < 1_000; room += 1) queues.add(itemOf(`!noisy${room}`, 'noisy.example'));
    queues.add(itemOf('!quiet', 'quiet.example'));
    expect(turns(queues).indexOf('!quiet')).toBeLessThan(2);
  });

  it('share evenly among servers that have more than they can do', () => {
    const queues = new RoomQueues();
    for (let room = 0; room < 30; room += 1) queues.add(itemOf(`!a${room}`, 'a.example'));
    for (let room = 0; room < 10; room += 1) queues.add(itemOf(`!b${room}`, 'b.example'));
    const order = turns(queues);
    expect(order.slice(0, 20).filter((roomId) => roomId.startsWith('!b'))).toHaveLength(10);
    expect(order).toHaveLength(40);
  });

  it('go first come, first served within a server', () => {
    const queues = new RoomQueues();
    for (const roomId of ['!one', '!two', '!one', '!three']) queues.add(itemOf(roomId, 'a.example'));
    expect(turns(queues)).toEqual(['!one', '!two', '!three', '!one']);
  });

  it('are of the server that the first item is for, at each turn', () => {
    const queues = new RoomQueues();
    queues.add(itemOf('!shared', 'a.example'));
    queues.add(itemOf('!shared', 'b.example'));
    queues.add(itemOf('!a', 'a.example'));
    queues.add(itemOf('!b', 'b.example'));
    expect(turns(queues)).toEqual(['!shared', '!b', '!a', '!shared']);
  });

  it('count what waits for each server', () => {
    const queues = new RoomQueues();
    queues.add(itemOf('!a', 'a.example', 10));
    queues.add(itemOf('!b', 'b.example', 5));
    queues.add(itemOf('!a', 'a.example', 3));
    expect([queues.bytesOf('a.example'), queues.bytesOf('b.example'), queues.byteLength]).toEqual([13, 5, 18]);
    turns(queues);
    expect([queues.bytesOf('a.example'), queues.byteLength]).toEqual([0, 0]);
  });
});
