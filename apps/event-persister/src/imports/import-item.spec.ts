import { expect, it } from 'vitest';
import { refuse } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import { RoomEdit } from '../rooms/room-edit.ts';
import { RoomMemory } from '../rooms/room-memory.ts';
import type { Settled } from '../writing/room-item.ts';
import { ImportItem } from './import-item.ts';

const counters = {
  position: 0,
  lastRoomNid: 0,
  lastEventNid: 0,
  lastNodeNid: 0,
  published: 0,
  projected: 0,
  inboundOffset: 0,
  inboundIncarnation: '',
};

function attempted(): ImportItem<number> {
  const room = { shard: 0, roomId: '!r:one.example', place: undefined, bytes: 0, now: 0 };
  const item = new ImportItem(room, () => ({ execution: { outcome: 'settled' }, value: 7 }));
  const memory = new RoomMemory();
  const base = { before: undefined, head: undefined, counters, isHosted: () => false };
  item.attempt(new RoomEdit({ ...base, shard: 0, roomId: room.roomId, memory, loaded: new Loaded() }));
  return item;
}

it.each<[Settled, number | undefined]>([
  [{ outcome: 'stored', eventIds: [], position: 1 }, 7],
  [{ outcome: 'notOwner' }, undefined],
  [refuse('M_UNKNOWN', 500, 'internal', 'it could not be stored'), undefined],
])('has come to something only where it is stored: %j', async (settled, value) => {
  const item = attempted();
  item.settle(settled);
  expect(await item.done).toEqual({ settled, value });
});
