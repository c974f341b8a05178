import { beforeEach, describe, expect, it } from 'vitest';
import type { RoomAlias } from '@plexus/storage';
import { FakeCache } from '@plexus/testing';
import { StoredAliases } from '@plexus/user-streams';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { announceAliases } from './announce-aliases.ts';
import type { AliasWriters } from './announce-aliases.ts';

const SERVER = 'one.example';
const [OLD, NEW] = ['!old:one.example', '!new:one.example'];
const [FIRST, SECOND] = ['#a:one.example', '#b:one.example'];

describe('announceAliases', () => {
  let ports: FakePorts;
  let cache: FakeCache<RoomAlias>;
  let writers: AliasWriters;
  let stored: StoredAliases;
  beforeEach(async () => {
    ports = fakePorts();
    cache = new FakeCache();
    stored = new StoredAliases(ports.aliases, cache);
    writers = announceAliases({ ...ports, roomAdmin: roomAdminOf(ports) }, cache);
    for (const roomAlias of [FIRST, SECOND]) await add(roomAlias);
    await leadsTo();
    if (cache.values.size !== 2) throw new Error('the aliases are not held');
  });

  async function add(roomAlias: string): Promise<void> {
    await ports.aliases.addAlias({ roomAlias, roomId: OLD, creator: '@alice:one.example' });
  }
  function leadsTo(): Promise<(string | undefined)[]> {
    return Promise.all([FIRST, SECOND].map(async (roomAlias) => (await stored.findAlias(roomAlias))?.roomId));
  }

  it('announces that an alias goes', async () => {
    expect(await writers.aliases.removeAlias(FIRST, OLD)).toBe(true);
    expect(await leadsTo()).toEqual([undefined, OLD]);
  });

  it('announces that all aliases of a room lead to another one', async () => {
    expect(await writers.aliases.moveAliases(OLD, NEW, SERVER)).toEqual([FIRST, SECOND]);
    expect(await leadsTo()).toEqual([NEW, NEW]);
  });

  it('announces one that came while the others were looked up', async () => {
    await ports.aliases.removeAlias(SECOND, OLD);
    cache.values.clear();
    const late = announceAliases(
      {
        ...ports,
        roomAdmin: roomAdminOf(ports),
        aliases: {
          ...passing(ports),
          listAliases: async (roomId, serverName) => {
            const listed = await ports.aliases.listAliases(roomId, serverName);
            await add(SECOND);
            expect(await leadsTo()).toEqual([OLD, OLD]);
            return listed;
          },
        },
      },
      cache,
    );
    await late.aliases.moveAliases(OLD, NEW, SERVER);
    expect(await leadsTo()).toEqual([NEW, NEW]);
  });

  it('announces what administrators do to names of a room', async () => {
    await writers.roomAdmin.moveAlias(FIRST, OLD, NEW);
    expect(await leadsTo()).toEqual([NEW, OLD]);
    expect(await writers.roomAdmin.removeRoomNames(OLD, SERVER)).toEqual([SECOND]);
    expect(await leadsTo()).toEqual([NEW, undefined]);
  });

  it('announces all aliases of a hosted server that is removed', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `#many${index}:one.example`);
    for (const roomAlias of many) await add(roomAlias);
    await Promise.all(many.map((roomAlias) => stored.findAlias(roomAlias)));
    await writers.removals.removeServerRows(SERVER);
    expect(cache.values.size).toBe(0);
    expect(await leadsTo()).toEqual([undefined, undefined]);
    expect(ports.servers.isHosted(SERVER)).toBe(false);
  });
});

function roomAdminOf({ admin, aliases }: FakePorts): AliasWriters['roomAdmin'] {
  return {
    ...admin.rooms,
    listAliasesOfRoom: (roomId) => aliases.listAliases(roomId, SERVER),
    moveAlias: async (roomAlias, from, to) => {
      await aliases.removeAlias(roomAlias, from);
      await aliases.addAlias({ roomAlias, roomId: to, creator: '' });
    },
    removeRoomNames: async (roomId) => {
      const names = await aliases.listAliases(roomId, SERVER);
      await aliases.removeAliases(names);
      return names;
    },
  };
}

function passing({ aliases }: FakePorts): AliasWriters['aliases'] {
  return {
    findAlias: (roomAlias) => aliases.findAlias(roomAlias),
    addAlias: (alias) => aliases.addAlias(alias),
    listAliases: (roomId, serverName) => aliases.listAliases(roomId, serverName),
    moveAliases: (from, to, serverName) => aliases.moveAliases(from, to, serverName),
    removeAlias: (roomAlias, roomId) => aliases.removeAlias(roomAlias, roomId),
    listServerAliases: (serverName, limit) => aliases.listServerAliases(serverName, limit),
    removeAliases: (names) => aliases.removeAliases(names),
  };
}
