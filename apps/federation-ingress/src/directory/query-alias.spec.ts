import type { RoomAlias, RoomRecord } from '@plexus/storage';
import { beforeEach, expect, it } from 'vitest';
import { QueryAlias } from './query-alias.ts';

const ALIAS = '#_irc_a:one.example';
const parties = { origin: 'far.example', destination: 'one.example' };
const room: RoomRecord = {
  shard: 0,
  roomNid: 1,
  roomId: '!r:one.example',
  roomVersion: '12',
  currentRoot: 0,
  forwardExtremities: [],
  depth: 1,
  topologicalPosition: 1,
  joinedCount: 1,
  invitedCount: 0,
  notifyCount: 0,
  threadNotifyCount: 0,
  isListed: false,
};

let known: Map<string, RoomAlias>;
let asked: string[];
let made: boolean;
let query: QueryAlias;

beforeEach(() => {
  [known, asked, made] = [new Map(), [], false];
  query = new QueryAlias(
    { findAlias: async (alias) => known.get(alias) },
    { findRoom: async () => room, listResidentServers: async () => ['one.example', 'far.example'] },
    {
      makesAlias: async (alias) => {
        asked.push(alias);
        if (made)
          known.set(alias, { roomAlias: alias, roomId: room.roomId, creator: '@irc:one.example', createdAt: 0 });
        return made;
      },
    },
  );
});

it('has an application service make an alias that is not there', async () => {
  made = true;
  const found = { room_id: room.roomId, servers: ['one.example', 'far.example'] };
  expect(await query.execute(parties, ALIAS)).toEqual(found);
  expect(await query.execute(parties, ALIAS)).toEqual(found);
  expect(asked).toEqual([ALIAS]);
});

it('knows no alias that nobody makes, and asks nobody about those of other servers', async () => {
  await expect(query.execute(parties, ALIAS)).rejects.toMatchObject({ httpStatus: 404 });
  await expect(query.execute(parties, '#a:two.example')).rejects.toMatchObject({ httpStatus: 404 });
  expect(asked).toEqual([ALIAS]);
});
