import type { Nearness } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { FindVisibleUsers } from './find-visible-users.ts';

const alice = requesterOf('@alice:one.example');
const RHEA = '@rhea:far.example';
const OPEN = { shard: 1, roomNid: 2 };

let shared: string[];
let nearness: Nearness;
/** Whether alice's server is in the public room. */
let isResident: boolean;
let hosted: Set<string>;
let visibleUsers: FindVisibleUsers;
beforeEach(() => {
  shared = [];
  nearness = { isNear: false, publicRooms: [] };
  isResident = true;
  hosted = new Set(['one.example', 'two.example']);
  visibleUsers = new FindVisibleUsers({
    userDirectory: {
      findNearness: async () => ({ isNear: false, publicRooms: [] }),
      findRemoteNearness: async () => nearness,
    },
    rooms: { findResidency: async (_serverName, rooms) => rooms.map(() => isResident) },
    servers: { isHosted: (serverName) => hosted.has(serverName) },
    roomsWith: {
      async *list(userId, otherId) {
        if (userId === alice.userId && otherId === RHEA) yield* shared;
      },
    },
  });
});

describe('a user of another server', () => {
  it('is visible to who shares a room with them, from the moment on at which they do', async () => {
    nearness = { isNear: true, publicRooms: [] };
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(true);
    nearness = { isNear: false, publicRooms: [] };
    shared = ['!tea:one.example', '!milk:one.example'];
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(true);
  });

  it('is visible where they are in a public room that the server knows of', async () => {
    nearness = { isNear: false, publicRooms: [OPEN] };
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(true);
    isResident = false;
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(false);
  });

  it('is visible to nobody else', async () => {
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(false);
  });

  it('is nobody any more where their server has come to be hosted here', async () => {
    const rhea = { userId: RHEA, isRemote: true, isNear: true, publicRooms: [] };
    expect(await visibleUsers.filter(alice, [rhea])).toEqual([rhea]);
    hosted.add('far.example');
    expect(await visibleUsers.filter(alice, [rhea])).toEqual([]);
  });
});
