import { FakeRooms } from '@plexus/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeResidency, isHosted } from '../../test-support/outbound-harness.ts';
import { ResidentServers } from './resident-servers.ts';

const ROOM = '!room:one.example';
const SERVERS = ['a.example', 'b.example', 'c.example', 'one.example'];

function setUp() {
  const rooms = new FakeRooms(1);
  let reads = 0;
  const residency = new FakeResidency(rooms);
  const residents = new ResidentServers({
    isHosted,
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
