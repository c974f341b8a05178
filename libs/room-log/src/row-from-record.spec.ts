import type { RoomLogRow } from '@plexus/storage';
import { RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import { FakeRooms } from '@plexus/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowFromRecord, withChangesOf } from './row-from-record.ts';
import { rowsFromStorage } from './rows-from-storage.ts';

const ROOM = '!r:a.example';
const isWanted = (userId: string): boolean => userId.endsWith(':a.example');

const RECORD: RoomLogRecord = {
  shard: 0,
  position: 1,
  generation: 1,
  kind: RoomLogKind.ROOM_LOG_KIND_TOMBSTONE,
  roomId: ROOM,
  roomNid: 1,
  roomVersion: '11',
  previousRoot: 0,
  currentRoot: 0,
  changedState: [],
  event: undefined,
  body: Buffer.alloc(0),
};

it.each([
  ['receipts', RoomLogKind.ROOM_LOG_KIND_RECEIPT],
  ['a membership without its room', RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM],
])('makes nothing of %s that were left out of the record, so that the row is read', (_what, kind) => {
  expect(rowFromRecord({ ...RECORD, kind }, () => true)).toBeUndefined();
});

it('takes a row that has nothing to say but that it is there', () => {
  expect(rowFromRecord(RECORD, () => true)).toMatchObject({ kind: 'tombstone', body: undefined, changedMembers: [] });
});

it('says of a change of state what Postgres says, unless somebody’s membership is of an event that the record lacks', async () => {
  const change = fc.record({
    type: fc.constantFrom('m.room.member', 'm.room.topic'),
    stateKey: fc.constantFrom('@a:a.example', '@b:a.example', '@c:b.example', '@d:b.example', '@e:b.example'),
    from: fc.option(fc.nat(9), { nil: undefined }),
  });
  const changes = fc.uniqueArray(change, { selector: ({ type, stateKey }) => type + stateKey, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 5 }), async (corrections) => {
      const rooms = new FakeRooms(1);
      const members = Array.from({ length: 10 }, (_, at) => {
        const sender = `@m${at}:b.example`;
        const content = { membership: 'join' };
        return rooms.append({ roomId: ROOM, type: 'm.room.member', sender, stateKey: sender, content }).event?.eventNid;
      });
      for (const correction of corrections) {
        const row = rooms.correctState(
          ROOM,
          correction.map(({ from, ...key }) => ({ ...key, eventNid: from === undefined ? undefined : members[from] })),
        );
        const [read] = await rowsFromStorage([row], rooms, isWanted);
        const told = rowFromRecord(rooms.recordOf(row), isWanted);
        const isBrought = read?.changedMembers.some(({ event }) => event !== undefined);
        expect(told).toEqual(isBrought === true ? undefined : read);
        const before = rooms.calls.get('findStateNodes');
        expect(await rowsFromStorage(withChangesOf(rooms.recordOf(row), [row]), rooms, isWanted)).toEqual([read]);
        expect(rooms.calls.get('findStateNodes')).toBe(before);
      }
    }),
  );
});

it('takes from a record no changes but those of its own row', () => {
  const rooms = new FakeRooms(1);
  const [first, second] = [1, 2].map((eventNid) =>
    rooms.correctState(ROOM, [{ type: 'm.room.topic', stateKey: '', eventNid }]),
  ) as [RoomLogRow, RoomLogRow];
  const changedState = [{ type: 'm.room.topic', stateKey: '', eventNid: 2 }];
  const record = rooms.recordOf(second);
  expect(withChangesOf(record, [first, second])).toEqual([first, { ...second, changedState }]);
  expect(withChangesOf({ ...record, currentRoot: 99 }, [second])).toEqual([second]);
  expect(withChangesOf({ ...record, changedState: [] }, [second])).toEqual([second]);
  expect(withChangesOf(undefined, [second])).toEqual([second]);
});
