import type { NewLogRow } from '@plexus/storage';
import { MAX_RECORD_BYTES, ROOM_EVENTS } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import { expect, it } from 'vitest';
import type { LogEntry } from '../rooms/changes.ts';
import { MAX_CHANGED_KEYS } from '../rooms/changed-keys.ts';
import { recordOfEntry } from './room-log-record.ts';

const ROW: NewLogRow = {
  shard: 0,
  position: 7,
  roomNid: 1,
  kind: 'state-correction',
  eventNid: undefined,
  previousRoot: 1,
  currentRoot: 2,
  body: undefined,
  transactionId: undefined,
  senderDeviceId: undefined,
};

/** A record that a topic takes. */
function recordOf(row: Partial<NewLogRow>, changed: LogEntry['changed'] = []): RoomLogRecord {
  const whole = { ...ROW, ...row };
  const about = { kind: whole.kind, roomId: '!r:a.example', roomVersion: '11', event: undefined };
  const record = recordOfEntry({ ...about, row: whole, changed }, 1);
  expect(ROOM_EVENTS.codec.encode(record).byteLength).toBeLessThanOrEqual(MAX_RECORD_BYTES);
  return record;
}

function keys(count: number, length: number): LogEntry['changed'] {
  return Array.from({ length: count }, (_, index) => {
    return { type: 't'.repeat(length), stateKey: String(index).padStart(length, 's'), eventNid: index + 1 };
  });
}

it('names the keys that changed, unless that is too much for a topic', () => {
  expect(recordOf({}, keys(2_500, 25)).changedState).toHaveLength(2_500);
  expect(recordOf({}, keys(MAX_CHANGED_KEYS, 10)).changedState).toHaveLength(MAX_CHANGED_KEYS);
  expect(recordOf({}, keys(MAX_CHANGED_KEYS + 1, 1)).changedState).toEqual([]);
  expect(recordOf({}, keys(499, 255)).changedState).toEqual([]);
});

it('rather brings a body than the keys that changed, where both are too much', () => {
  const body = Buffer.alloc(150 * 1024, 'x');
  expect(recordOf({ body }, keys(400, 25))).toMatchObject({ body, changedState: { length: 400 } });
  expect(recordOf({ body }, keys(2_500, 25))).toMatchObject({ body, changedState: [] });
});

it('brings a body, unless it is too large for a topic', () => {
  const kind = 'membership-without-room';
  const body = Buffer.alloc(200 * 1024, 'x');
  expect(recordOf({ kind, body }).body).toEqual(body);
  expect(recordOf({ kind, body: Buffer.alloc(MAX_RECORD_BYTES, 'x') }).body).toEqual(Buffer.alloc(0));
});
