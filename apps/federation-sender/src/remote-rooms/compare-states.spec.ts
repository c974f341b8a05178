import type { RoomRecord, StoredEvent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { compareStates } from './compare-states.ts';
import type { CompareStatesPorts, NamedState } from './compare-states.ts';

const ROOM: RoomRecord = {
  shard: 1,
  roomNid: 1,
  roomId: '!r:b',
  roomVersion: '11',
  currentRoot: 9,
  forwardExtremities: [],
  depth: 1,
  topologicalPosition: 1,
  joinedCount: 0,
  invitedCount: 0,
  notifyCount: 0,
  threadNotifyCount: 0,
  isListed: false,
};
/** Events are stored under the numbers in their names. */
const STORED = ['$1', '$2', '$3', '$4'];

function numberOf(eventId: string): number {
  return Number(eventId.slice(1));
}

function storedEvent(eventNid: number): StoredEvent {
  return {
    shard: 1,
    eventNid,
    eventId: `$${eventNid}`,
    roomNid: 1,
    topologicalPosition: undefined,
    streamPosition: undefined,
    stateBefore: undefined,
    stateAfter: undefined,
    authDepth: 1,
    status: 'accepted',
    json: Buffer.from('{}'),
    unread: undefined,
    redactedBy: [],
  };
}

/** A base with these numbers; what is read of events is noted. */
function portsWith(base: readonly number[] | undefined) {
  const read: number[] = [];
  const ports: CompareStatesPorts = {
    rooms: {
      async findEventNids(_shard, _roomNid, eventIds) {
        const known = eventIds.filter((eventId) => STORED.includes(eventId));
        return new Map(known.map((eventId) => [eventId, numberOf(eventId)]));
      },
      async findEvents(_shard, eventNids) {
        read.push(...eventNids);
        return new Map(eventNids.map((eventNid) => [eventNid, storedEvent(eventNid)]));
      },
    },
    states: {
      list: async () => base?.map((eventNid) => ({ type: 't', stateKey: String(eventNid), eventNid })),
    },
  };
  return { ports, read };
}

function compare(named: Partial<NamedState>, inBase: readonly number[] | undefined) {
  const { ports, read } = portsWith(inBase);
  const base = { eventId: '$base', root: 7 };
  return { compared: compareStates(ports, ROOM, { stateIds: [], authIds: [], base, ...named }), read };
}

it('tells what either state has and the other has not, and reads no event of both', async () => {
  const { compared, read } = compare({ stateIds: ['$1', '$2'] }, [1, 3]);
  expect(await compared).toMatchObject({ missing: [], added: ['$2'], removed: [{ eventId: '$3' }] });
  expect(read).toEqual([3]);
});

it('misses what is not stored, of the state and of its auth chain', async () => {
  const { compared } = compare({ stateIds: ['$1', '$8'], authIds: ['$9', '$2'] }, [1]);
  expect(await compared).toEqual({ missing: ['$8', '$9'], added: ['$8'], removed: [] });
});

it('takes the whole state without a base', async () => {
  const { compared } = compare({ stateIds: ['$1', '$2'], base: undefined }, [1]);
  expect(await compared).toEqual({ missing: [], added: ['$1', '$2'], removed: [] });
});

it('does not compare with a base that is no longer stored', async () => {
  expect(await compare({ stateIds: ['$1'] }, undefined).compared).toBeUndefined();
});
