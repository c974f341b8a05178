import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryNameOf, MAX_FILTERS } from '@plexus/storage';
import type {
  FilterRepository,
  ForgottenRoomRepository,
  PublishedRoomRepository,
  RoomAliasRepository,
  RoomCreationRepository,
  SessionRepository,
  UserRepository,
} from '@plexus/storage';

export interface AccountsHarness {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly filters: FilterRepository;
  readonly creations: RoomCreationRepository;
  readonly aliases: RoomAliasRepository;
  readonly published: PublishedRoomRepository;
  readonly forgotten: ForgottenRoomRepository;
  close(): Promise<void>;
}

/** What every adapter of the accounts' repositories does. `open` is called once; each test takes users of its own. */
export function accountsContract(adapter: string, open: () => Promise<AccountsHarness>): void {
  describe(`AccountsContract: ${adapter}`, () => {
    let harness: AccountsHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(serverName = 'one.example'): Promise<string> {
      const userId = `@u${++last}:${serverName}`;
      await harness.users.addUser({ userId, passwordHash: 'hash' });
      return userId;
    }
    function openSession(userId: string, deviceId: string, token: string, deviceDisplayName?: string) {
      return harness.sessions.openSession({ userId, deviceId, deviceDisplayName, tokenHash: Buffer.from(token) });
    }

    it('gives a user id once, even after deactivation', async () => {
      const userId = await addUser();
      expect(await harness.users.findUser(userId)).toEqual({
        userId,
        passwordHash: 'hash',
        isAdmin: false,
        isDeploymentAdmin: false,
        isGuest: false,
        isDeactivated: false,
        displayName: undefined,
        avatarUrl: undefined,
      });
      expect(await harness.users.addUser({ userId, passwordHash: undefined })).toBe(false);
      await harness.users.deactivateUser(userId);
      expect(await harness.users.addUser({ userId, passwordHash: 'other' })).toBe(false);
      expect(await harness.users.findUser(userId)).toMatchObject({ isDeactivated: true, passwordHash: undefined });
    });

    it('finds nothing where there is nothing', async () => {
      expect(await harness.users.findUser('@nobody:one.example')).toBeUndefined();
      expect(await harness.sessions.findAccess(Buffer.from('nothing'))).toBeUndefined();
      expect(await harness.filters.findFilter('@nobody:one.example', 0)).toBeUndefined();
      expect(await harness.aliases.findAlias('#none:one.example')).toBeUndefined();
      expect(await harness.forgotten.findForgottenRoom('@nobody:one.example', '!r:one.example')).toBeUndefined();
    });

    it('changes a password', async () => {
      const userId = await addUser();
      await harness.users.setPasswordHash(userId, 'new');
      expect((await harness.users.findUser(userId))?.passwordHash).toBe('new');
    });

    it('lists and counts the users of one server in the order of their ids', async () => {
      const ids = [await addUser('list.example'), await addUser('list.example'), await addUser('list.example')].sort();
      await addUser('list.example.org');
      expect(await harness.users.countUsers('list.example')).toBe(3);
      const first = await harness.users.listUsers('list.example', { limit: 2 });
      expect(first).toEqual(ids.slice(0, 2));
      expect(await harness.users.listUsers('list.example', { after: first[1] ?? '', limit: 2 })).toEqual(ids.slice(2));
    });

    it('counts the accounts of one server that are open, up to a number', async () => {
      const [, gone] = [await addUser('open.example'), await addUser('open.example'), await addUser('open.example')];
      await addUser('other.example');
      await harness.users.addUser({ userId: '@bridged:open.example', passwordHash: undefined, registeredBy: 'irc' });
      expect(await harness.users.countOpenUsers('open.example', 10)).toBe(3);
      expect(await harness.users.countOpenUsers('open.example', 2)).toBe(2);
      await harness.users.deactivateUser(gone);
      expect(await harness.users.countOpenUsers('open.example', 10)).toBe(2);
    });

    it('finds the profiles of active users only', async () => {
      const [active, gone] = [await addUser(), await addUser()];
      await harness.users.deactivateUser(gone);
      const found = await harness.users.findProfiles([active, gone, '@nobody:one.example']);
      expect([...found.keys()]).toEqual([active]);
    });

    it('opens a session whose token leads to its user and device', async () => {
      const userId = await addUser();
      expect(await openSession(userId, 'D', `${userId}-1`)).toEqual({ outcome: 'opened', replaced: [] });
      const access = { userId, deviceId: 'D', isAdmin: false, isDeploymentAdmin: false, isGuest: false };
      expect(await harness.sessions.findAccess(Buffer.from(`${userId}-1`))).toEqual(access);
    });

    it('gives a device one token at a time and names the one that it replaced', async () => {
      const userId = await addUser();
      await openSession(userId, 'D', `${userId}-1`);
      await openSession(userId, 'E', `${userId}-2`);
      const { replaced } = await openSession(userId, 'D', `${userId}-3`);
      expect(replaced.map(String)).toEqual([`${userId}-1`]);
      expect(await harness.sessions.findAccess(Buffer.from(`${userId}-1`))).toBeUndefined();
      expect(await harness.sessions.findAccess(Buffer.from(`${userId}-2`))).toMatchObject({ deviceId: 'E' });
    });

    it('opens no session of an unknown or deactivated user', async () => {
      const userId = await addUser();
      await harness.users.deactivateUser(userId);
      expect((await openSession(userId, 'D', `${userId}-1`)).outcome).toBe('deactivated');
      expect((await openSession('@nobody:one.example', 'D', 'nobody')).outcome).toBe('deactivated');
    });

    it('knows who registered a user, and what the user may do without a token', async () => {
      const userId = `@_irc_${++last}:one.example`;
      await harness.users.addUser({ userId, passwordHash: undefined, registeredBy: 'irc', language: 'pt-br' });
      const roles = { isAdmin: false, isDeploymentAdmin: false, isGuest: false };
      const access = { userId, deviceId: '', ...roles, registeredBy: 'irc', isExemptFromConsent: true };
      expect(await harness.sessions.findUserAccess(userId)).toEqual(access);
      expect(await harness.users.findUser(userId)).toMatchObject({ registeredBy: 'irc', language: 'pt-br' });
      await openSession(userId, 'D', `${userId}-1`);
      expect(await harness.sessions.findAccess(Buffer.from(`${userId}-1`))).toEqual({ ...access, deviceId: 'D' });
      await harness.users.deactivateUser(userId);
      expect(await harness.sessions.findUserAccess(userId)).toBeUndefined();
      expect(await harness.sessions.findUserAccess('@nobody:one.example')).toBeUndefined();
    });

    it('adds devices without tokens', async () => {
      const userId = await addUser();
      const device = { userId, deviceId: 'D', displayName: 'Phone' };
      expect(await harness.sessions.hasDevice(userId, 'D')).toBe(false);
      expect(await harness.sessions.addDevice(device)).toBe('added');
      expect(await harness.sessions.addDevice({ ...device, displayName: 'Other' })).toBe('there');
      expect(await harness.sessions.hasDevice(userId, 'D')).toBe(true);
      expect(await harness.sessions.findUserAccess(userId)).toMatchObject({ deviceId: '', devices: ['D'] });
      expect(await harness.sessions.findTokenHashes(userId)).toEqual([]);
      await harness.sessions.removeDevices(userId, ['D']);
      expect(await harness.sessions.hasDevice(userId, 'D')).toBe(false);
      expect(await harness.sessions.findUserAccess(userId)).not.toHaveProperty('devices');
      await harness.users.deactivateUser(userId);
      expect(await harness.sessions.addDevice(device)).toBe('deactivated');
    });

    it('keeps directories of networks apart from the server’s own', async () => {
      const directory = directoryNameOf('networks.example', 'irc|freenode');
      expect(await harness.published.listInstances('networks.example')).toEqual([]);
      for (const instance of ['irc|oftc', 'irc|freenode', 'irc|oftc']) {
        await harness.published.addInstance('networks.example', instance);
      }
      await harness.published.publishRoom(directory, '!n:networks.example');
      expect(await harness.published.listInstances('networks.example')).toEqual(['irc|freenode', 'irc|oftc']);
      expect(await harness.published.isPublished(directory, '!n:networks.example')).toBe(true);
      expect(await harness.published.isPublished('networks.example', '!n:networks.example')).toBe(false);
      expect(await harness.published.countPublishedRooms(directory, 10)).toBe(1);
      expect(await harness.published.countPublishedRooms('networks.example', 10)).toBe(0);
    });

    it('removes one device, or all', async () => {
      const userId = await addUser();
      for (const device of ['D', 'E', 'F']) await openSession(userId, device, `${userId}-${device}`);
      expect((await harness.sessions.findTokenHashes(userId, 'D')).map(String)).toEqual([`${userId}-D`]);
      expect((await harness.sessions.removeDevices(userId, ['D'])).map(String)).toEqual([`${userId}-D`]);
      const rest = [`${userId}-E`, `${userId}-F`];
      expect((await harness.sessions.findTokenHashes(userId)).map(String).sort()).toEqual(rest);
      expect((await harness.sessions.removeDevices(userId)).map(String).sort()).toEqual(rest);
      expect(await harness.sessions.findTokenHashes(userId)).toEqual([]);
    });

    it('takes every token away when a user is deactivated', async () => {
      const userId = await addUser();
      await openSession(userId, 'D', `${userId}-1`);
      expect((await harness.users.deactivateUser(userId)).map(String)).toEqual([`${userId}-1`]);
      expect(await harness.sessions.findAccess(Buffer.from(`${userId}-1`))).toBeUndefined();
    });

    it('numbers filters per user and gives an equal one its number again', async () => {
      const [userId, other] = [await addUser(), await addUser()];
      expect(await harness.filters.storeFilter(userId, '{"a":1}')).toBe(0);
      expect(await harness.filters.storeFilter(userId, '{"b":1}')).toBe(1);
      expect(await harness.filters.storeFilter(userId, '{"a":1}')).toBe(0);
      expect(await harness.filters.storeFilter(other, '{"b":1}')).toBe(0);
      expect(await harness.filters.findFilter(userId, 1)).toBe('{"b":1}');
    });

    it('keeps so many filters of a user and no more', async () => {
      const userId = await addUser();
      for (let n = 0; n < MAX_FILTERS; n += 1) await harness.filters.storeFilter(userId, `{"n":${n}}`);
      expect(await harness.filters.storeFilter(userId, '{"n":"more"}')).toBeUndefined();
      expect(await harness.filters.storeFilter(userId, '{"n":7}')).toBe(7);
      expect(await harness.filters.storeFilter(await addUser(), '{"n":"more"}')).toBe(0);
    });

    it('numbers filters that are uploaded at once without a gap', async () => {
      const userId = await addUser();
      const uploads = Array.from({ length: 8 }, (_, index) => harness.filters.storeFilter(userId, `{"n":${index}}`));
      expect((await Promise.all(uploads)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it('keeps the first creation of a command', async () => {
      const first = { commandId: 'c1', roomId: '!one', createEvent: Buffer.from('one') };
      expect(await harness.creations.storeCreation(first)).toEqual(first);
      const second = { commandId: 'c1', roomId: '!two', createEvent: Buffer.from('two') };
      expect(await harness.creations.storeCreation(second)).toEqual(first);
      expect(await harness.creations.storeCreation({ ...first, commandId: 'c2' })).toBeUndefined();
    });

    it('gives an alias to one room at a time', async () => {
      const alias = { roomAlias: '#a:one.example', roomId: '!one', creator: '@u:one.example' };
      expect(await harness.aliases.addAlias(alias)).toBe(true);
      expect(await harness.aliases.addAlias({ ...alias, roomId: '!two' })).toBe(false);
      expect(await harness.aliases.findAlias(alias.roomAlias)).toMatchObject(alias);
      expect(await harness.aliases.removeAlias(alias.roomAlias, '!two')).toBe(false);
      expect(await harness.aliases.removeAlias(alias.roomAlias, '!one')).toBe(true);
      expect(await harness.aliases.addAlias({ ...alias, roomId: '!two' })).toBe(true);
    });

    it('lists the aliases that a room has on one server', async () => {
      const creator = '@u:one.example';
      for (const roomAlias of ['#z:one.example', '#y:one.example', '#x:two.example'])
        await harness.aliases.addAlias({ roomAlias, roomId: '!listed', creator });
      expect(await harness.aliases.listAliases('!listed', 'one.example')).toEqual(['#y:one.example', '#z:one.example']);
      expect(await harness.aliases.listAliases('!other', 'one.example')).toEqual([]);
      const moved = await harness.aliases.moveAliases('!listed', '!other', 'one.example');
      expect(moved.toSorted()).toEqual(['#y:one.example', '#z:one.example']);
      expect(await harness.aliases.listAliases('!other', 'one.example')).toEqual(['#y:one.example', '#z:one.example']);
      expect(await harness.aliases.listAliases('!listed', 'two.example')).toEqual(['#x:two.example']);
    });

    it('takes the aliases of a server away, some at a time', async () => {
      const { aliases } = harness;
      const names = ['#p:three.example', '#q:three.example', '#r:three.example'];
      for (const roomAlias of names)
        await aliases.addAlias({ roomAlias, roomId: `!${roomAlias}`, creator: '@u:one.example' });
      const some = await aliases.listServerAliases('three.example', 2);
      expect(names).toEqual(expect.arrayContaining(some));
      expect(new Set(some).size).toBe(2);
      await aliases.removeAliases(some);
      expect(await aliases.listServerAliases('three.example', 9)).toEqual(names.filter((name) => !some.includes(name)));
    });

    it('publishes a room any number of times', async () => {
      await harness.published.publishRoom('one.example', '!one');
      await expect(harness.published.publishRoom('one.example', '!one')).resolves.toBeUndefined();
    });

    it('remembers the newest membership that a user forgot', async () => {
      const userId = await addUser();
      await harness.forgotten.forgetRoom(userId, '!one', 7);
      await harness.forgotten.forgetRoom(userId, '!one', 5);
      await harness.forgotten.forgetRoom(userId, '!two', 9);
      expect(await harness.forgotten.findForgottenRoom(userId, '!one')).toBe(7);
      expect(await harness.forgotten.findForgottenRooms(userId)).toEqual(
        new Map([
          ['!one', 7],
          ['!two', 9],
        ]),
      );
    });
  });
}
