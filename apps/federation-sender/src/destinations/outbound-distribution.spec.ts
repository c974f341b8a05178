import { beforeEach, describe, expect, it } from 'vitest';
import { DistributeLog } from '@plexus/room-log';
import { FakeCache, FakeRooms } from '@plexus/testing';
import type { OutboundEvent, Producer } from '@plexus/topics';
import { FEDERATION_OUTBOUND } from '@plexus/topics';
import { NO_FAILPOINTS } from '../failpoints.ts';
import { FakeResidency, isHosted } from '../../test-support/outbound-harness.ts';
import { OutboundDistribution } from './outbound-distribution.ts';
import { ResidentServers } from './resident-servers.ts';
import { RowDestinations } from './row-destinations.ts';

const ROOM = '!room:one.example';
const USER = '@u:one.example';

describe('OutboundDistribution', () => {
  let rooms: FakeRooms;
  let told: string[][];
  let joins: string[];
  let stored: Map<number, { generation: number; position: number }>;
  beforeEach(() => {
    rooms = new FakeRooms(1);
    told = [];
    joins = [];
    stored = new Map();
  });

  /** A process that follows the log. */
  function follow(): DistributeLog {
    const residents = new ResidentServers({
      reader: new FakeResidency(rooms),
      cache: new FakeCache(),
      follower: '1',
      isHosted,
    });
    const events: OutboundEvent[] = [];
    const producer: Producer = {
      send: async (topic, _shard, records) => {
        for (const { value } of records) {
          const { content } = FEDERATION_OUTBOUND.codec.decode(topic.codec.encode(value));
          if (content?.$case === 'event') events.push(content.value);
        }
        return records.length;
      },
      depth: () => [],
    };
    return new DistributeLog({
      reader: rooms,
      log: rooms,
      distribution: new OutboundDistribution({
        positions: {
          readOutboundPositions: async () => stored,
          storeOutboundPosition: async (shard, place) => void stored.set(shard, place),
        },
        destinations: new RowDestinations({ residents, reader: rooms, isHosted, allows: () => true }),
        producer,
        failpoints: NO_FAILPOINTS,
        joins: { execute: async ({ event }) => void joins.push(event?.eventId ?? '') },
      }),
      storeAfterSweeps: 1,
      distributed: () => {
        const byEvent = Map.groupBy(events.splice(0), ({ eventNid }) => eventNid);
        for (const parts of byEvent.values()) told.push(parts.flatMap(({ destinations }) => destinations).toSorted());
      },
      failed: (_doing, error) => {
        throw error;
      },
    });
  }

  function member(userId: string): void {
    rooms.append({
      roomId: ROOM,
      type: 'm.room.member',
      sender: userId,
      stateKey: userId,
      content: { membership: 'join' },
    });
  }
  function say(): void {
    rooms.append({ roomId: ROOM, type: 'm.room.message', sender: USER, content: {} });
  }

  it('tells servers that came while another process followed the log', async () => {
    const [one, other] = [follow(), follow()];
    member(USER);
    member('@a:a.example');
    await one.take([0]);
    say();
    await one.sweep();
    await one.drop([0]);
    await other.take([0]);
    member('@b:b.example');
    await other.sweep();
    await other.drop([0]);
    told = [];
    await one.take([0]);
    say();
    await one.sweep();
    expect(told).toEqual([['a.example', 'b.example']]);
  });
});
