import { ProcessCaches, SOLE_GENERATION, unsharedCodec } from '@plexus/cache';
import type { NamedCache } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { FakeCache, FakeRooms } from '@plexus/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeResidency, isHosted } from '../../test-support/outbound-harness.ts';
import { ResidentServers, weightOfRoom } from './resident-servers.ts';
import type { RoomServers } from './resident-servers.ts';

const ROOM = '!room:one.example';
const SERVERS = ['a.example', 'b.example', 'c.example', 'one.example'];

function setUp({ cache = new FakeCache<RoomServers>() }: { readonly cache?: NamedCache<RoomServers> } = {}) {
  const rooms = new FakeRooms(1);
  let reads = 0;
  const residency = new FakeResidency(rooms);
  const residents = new ResidentServers({
    isHosted,
    cache,
    follower: '1',
    reader: { readIntervals: (shard, roomNids) => (++reads, residency.readIntervals(shard, roomNids)) },
  });
  const member = (userId: string, membership: string) =>
    rooms.append({ roomId: ROOM, type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } });
  return { rooms, residents, member, reads: () => reads };
}

describe('ResidentServers', () => {
  it('reads a room once until somebody of another server comes or goes', async () => {
    const { residents, member, reads } = setUp();
    member('@u:one.example', 'join');
    const row = member('@u:a.example', 'join');
    await residents.load(0, [row.roomNid]);
    await residents.load(0, [row.roomNid]);
    expect(residents.before(0, row.roomNid, 3)).toEqual(['a.example']);
    expect(residents.before(0, row.roomNid, 1)).toEqual([]);
    residents.changed(0, row.roomNid, 2);
    expect(residents.hasAny(0, row.roomNid)).toBe(true);
    residents.changed(0, row.roomNid, 3);
    expect(residents.hasAny(0, row.roomNid)).toBeUndefined();
    expect(reads()).toBe(1);
  });

  it('knows the rooms that are worked on whatever the cache keeps', async () => {
    const { residents, member, reads } = setUp({ cache: openOff() });
    const row = member('@u:a.example', 'join');
    await residents.load(0, [row.roomNid]);
    expect(residents.before(0, row.roomNid, 9)).toEqual(['a.example']);
    const left = member('@u:a.example', 'leave');
    residents.changed(0, row.roomNid, left.position);
    expect(residents.hasAny(0, row.roomNid)).toBeUndefined();
    await residents.reload(0, row.roomNid);
    expect(residents.before(0, row.roomNid, 9)).toEqual([]);
    await residents.load(0, [row.roomNid]);
    expect(reads()).toBe(3);
  });

  it('goes by nothing that was read before it was told to clear', async () => {
    const { residents, member } = setUp();
    const row = member('@u:a.example', 'join');
    await residents.load(0, [row.roomNid]);
    member('@u:b.example', 'join');
    residents.clear();
    expect(residents.hasAny(0, row.roomNid)).toBeUndefined();
    await residents.load(0, [row.roomNid]);
    expect(residents.before(0, row.roomNid, 9)).toEqual(['a.example', 'b.example']);
  });

  it('knows that a room has hosted servers only', async () => {
    const { residents, member } = setUp();
    const row = member('@u:one.example', 'join');
    await residents.load(0, [row.roomNid]);
    expect(residents.hasAny(0, row.roomNid)).toBe(false);
  });

  it('misses no server that was there before a row, however much later it is asked', async () => {
    const step = fc.record({ server: fc.constantFrom(...SERVERS), user: fc.nat(1), joins: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const { rooms, residents, member } = setUp();
        const joined = new Set<string>();
        const before: Set<string>[] = [];
        for (const { server, user, joins } of steps) {
          before.push(new Set([...joined].map((userId) => userId.split(':')[1] ?? '')));
          const userId = `@u${user}:${server}`;
          member(userId, joins ? 'join' : 'leave');
          if (joins) joined.add(userId);
          else joined.delete(userId);
        }
        const roomNid = rooms.rows[0]?.[0]?.roomNid ?? 0;
        await residents.load(0, [roomNid]);
        for (const [index, servers] of before.entries()) {
          const found = new Set(residents.before(0, roomNid, index + 1));
          expect([...servers].filter((server) => !isHosted(server) && !found.has(server))).toEqual([]);
          expect([...found].some(isHosted)).toBe(false);
        }
      }),
    );
  });
});

/** The cache with a factor of 0. */
function openOff(): NamedCache<RoomServers> {
  const clock = { now: () => 0, delay: async () => {} };
  const caches = new ProcessCaches(
    { globalFactor: 0, perCacheFactors: {} },
    {
      store: new MemoryCacheStore(clock),
      generations: SOLE_GENERATION,
      clock,
      nextChangeId: () => '',
      onStoreError: () => {},
    },
  );
  return caches.open({
    name: 'joined_hosts',
    kind: 'followed',
    levels: 'process',
    weigh: weightOfRoom,
    codec: unsharedCodec(),
  });
}
