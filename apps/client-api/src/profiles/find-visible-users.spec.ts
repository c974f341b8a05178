import { beforeEach, describe, expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { FindVisibleUsers } from './find-visible-users.ts';

const alice = requesterOf('@alice:one.example');
const RHEA = '@rhea:far.example';

let shared: string[];
let visibleUsers: FindVisibleUsers;
beforeEach(() => {
  shared = [];
  visibleUsers = new FindVisibleUsers({
    userDirectory: { findNearness: async () => ({ isNear: false, publicRooms: [] }) },
    rooms: { findResidency: async () => [] },
    servers: { isHosted: (serverName) => serverName === 'one.example' },
    roomsWith: {
      async *list(userId, otherId) {
        if (userId === alice.userId && otherId === RHEA) yield* shared;
      },
    },
  });
});

describe('a user of another server', () => {
  it('is visible to who shares a room with them', async () => {
    shared = ['!tea:one.example', '!milk:one.example'];
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(true);
  });

  it('is visible to nobody else', async () => {
    expect(await visibleUsers.isVisibleTo(alice, RHEA)).toBe(false);
  });
});
