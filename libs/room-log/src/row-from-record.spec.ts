import { RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import { expect, it } from 'vitest';
import { rowFromRecord } from './row-from-record.ts';

const RECORD: RoomLogRecord = {
  shard: 0,
  position: 1,
  generation: 1,
  kind: RoomLogKind.ROOM_LOG_KIND_TOMBSTONE,
  roomId: '!r:a.example',
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
