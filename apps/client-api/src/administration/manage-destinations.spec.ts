import type { DestinationSummary, QueueKey } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { ManageDestinations } from './manage-destinations.ts';

const ADMIN = { ...requesterOf('@admin:one.example'), isAdmin: true };
const OPERATOR = { ...ADMIN, isDeploymentAdmin: true };

function summaryOf(destination: string): DestinationSummary {
  return {
    destination,
    retryLastAt: 5,
    retryIntervalMs: 7,
    failingSince: undefined,
    lastSentPosition: undefined,
  };
}

function setUp() {
  const tried: QueueKey[] = [];
  const asked: (string | undefined)[] = [];
  const manage = new ManageDestinations({
    destinations: {
      listDestinations: async ({ origin }) => (asked.push(origin), { destinations: [], total: 0 }),
      findDestination: async (destination, origin) => {
        asked.push(origin);
        return destination === 'known.example' ? summaryOf(destination) : undefined;
      },
      listOrigins: async () => [
        { origin: 'one.example', isFailing: true },
        { origin: 'two.example', isFailing: true },
        { origin: 'three.example', isFailing: false },
      ],
      findLacking: async (destination, origin, roomIds) => {
        asked.push(origin);
        return new Map(roomIds.slice(1).map((roomId) => [roomId, 9]));
      },
    },
    sharedRooms: {
      pageSharedRooms: async ({ serverName, sharedBy }) => {
        asked.push(sharedBy);
        const rooms = ['!a:one.example', '!b:one.example'].map((roomId) => ({ roomId, position: 4 }));
        return { rooms: serverName === 'known.example' ? rooms : [], total: 2 };
      },
    },
    outgoing: { tryAgain: async (key) => void tried.push(key) },
  });
  return { manage, tried, asked };
}

describe('ManageDestinations', () => {
  it('shows the administrator of a server what that server sends, and the operator everything', async () => {
    const { manage, asked } = setUp();
    await manage.get(ADMIN, 'known.example');
    await manage.get(OPERATOR, 'known.example');
    expect(asked).toEqual(['one.example', undefined]);
  });

  it('shows the rooms of a destination, with what it lacks in them', async () => {
    const { manage, asked } = setUp();
    const page = { offset: 0, limit: 10, descending: false };
    expect(await manage.listRooms(ADMIN, 'known.example', page)).toEqual({
      rooms: [
        { roomId: '!a:one.example', position: 4 },
        { roomId: '!b:one.example', position: 9 },
      ],
      total: 2,
    });
    expect(asked).toEqual(['one.example', 'one.example', 'one.example']);
    await expect(manage.listRooms(ADMIN, 'unknown.example', page)).rejects.toMatchObject({ httpStatus: 404 });
  });

  it('has those tried again that are left alone', async () => {
    const { manage, tried } = setUp();
    await manage.reset(ADMIN, 'known.example');
    expect(tried).toEqual([{ origin: 'one.example', destination: 'known.example' }]);
    await manage.reset(OPERATOR, 'known.example');
    expect(tried.map(({ origin }) => origin)).toEqual(['one.example', 'one.example', 'two.example']);
  });

  it('refuses what is unknown, and what is well', async () => {
    const { manage } = setUp();
    await expect(manage.get(ADMIN, 'unknown.example')).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
    await expect(manage.reset(ADMIN, 'unknown.example')).rejects.toMatchObject({ httpStatus: 404 });
    const other = { ...requesterOf('@admin:three.example'), isAdmin: true };
    await expect(manage.reset(other, 'known.example')).rejects.toMatchObject({ errcode: 'M_UNKNOWN', httpStatus: 400 });
  });
});
