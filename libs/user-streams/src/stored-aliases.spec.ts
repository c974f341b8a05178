import { expect, it } from 'vitest';
import type { RoomAlias } from '@plexus/storage';
import { FakeAccounts, FakeCache } from '@plexus/testing';
import { aliasCodec, StoredAliases } from './stored-aliases.ts';

const ALIAS = { roomAlias: '#a:one.example', roomId: '!a:one.example', creator: '@alice:one.example' };

it('reads an alias once, and does not remember that there is none', async () => {
  const directory = new FakeAccounts();
  let asked = 0;
  const reader = {
    findAlias: (roomAlias: string): Promise<RoomAlias | undefined> => {
      asked += 1;
      return directory.findAlias(roomAlias);
    },
  };
  const stored = new StoredAliases(reader, new FakeCache());
  expect(await stored.findAlias(ALIAS.roomAlias)).toBeUndefined();
  await directory.addAlias(ALIAS);
  expect(await stored.findAlias(ALIAS.roomAlias)).toMatchObject(ALIAS);
  expect(await stored.findAlias(ALIAS.roomAlias)).toMatchObject(ALIAS);
  expect(asked).toBe(2);
});

it('shares an alias as bytes', () => {
  const alias = { ...ALIAS, createdAt: 7 };
  expect(aliasCodec.decode(aliasCodec.encode(alias))).toEqual(alias);
});
