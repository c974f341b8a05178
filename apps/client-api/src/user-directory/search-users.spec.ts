import type { FoundUser } from '@plexus/storage';
import { expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { FindVisibleUsers } from '../profiles/find-visible-users.ts';
import { SearchUsers } from './search-users.ts';

const alice = requesterOf('@alice:one.example');
const RHEA = '@r17:far.example';

function named(displayName: string, change: Partial<FoundUser> = {}): FoundUser {
  return { userId: RHEA, isRemote: true, displayName, avatarUrl: undefined, isNear: true, publicRooms: [], ...change };
}

function searchOver(found: readonly FoundUser[]): SearchUsers {
  const nobody = { isNear: false, publicRooms: [] };
  const visibleUsers = new FindVisibleUsers({
    userDirectory: { findNearness: async () => nobody, findRemoteNearness: async () => nobody },
    rooms: { findResidency: async (_serverName, rooms) => rooms.map(({ roomNid }) => roomNid === 1) },
    servers: { isHosted: (serverName) => serverName === 'one.example' },
    roomsWith: { async *list() {} },
  });
  const rules = { isEnabled: true, searchesAllUsers: false };
  return new SearchUsers({ searchUsers: async () => [...found] }, visibleUsers, { isSender: () => false }, rules);
}

it('lists who has several names once: by the one that was looked for, else by the nearest', async () => {
  const found = [named('Rhea of the Ashes'), named('Rhea', { isNear: false, publicRooms: [{ shard: 1, roomNid: 1 }] })];
  const search = searchOver(found);
  const listed = async (term: string): Promise<unknown> =>
    (await search.execute(alice, { search_term: term })).results.map(({ display_name: name }) => name);
  expect(await listed('rhe')).toEqual(['Rhea of the Ashes']);
  expect(await listed('Rhea')).toEqual(['Rhea']);
});

it('shows no name of a public room that the server does not know of', async () => {
  const search = searchOver([named('Rhea', { isNear: false, publicRooms: [{ shard: 1, roomNid: 2 }] })]);
  expect(await search.execute(alice, { search_term: 'rhea' })).toEqual({ results: [], limited: false });
});
