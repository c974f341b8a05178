import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogEntry } from '../rooms/changes.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import { Uncommitted } from '../rooms/room-view.ts';
import { FollowedRooms } from './followed-rooms.ts';
import type { CommittedWork } from './followed-rooms.ts';

const ROOM = '!a:one.example';
const RHEA = '@rhea:far.example';
const none = (): boolean => false;
const isCompared = (roomId: string): boolean => roomId === ROOM;

let rooms: FollowedRooms;
let position: number;
beforeEach(() => {
  position = 0;
  rooms = new FollowedRooms((serverName) => serverName === 'one.example');
  rooms.beginShard({ shard: 1, epoch: 3 });
});

interface Row {
  readonly userId?: string | undefined;
  readonly membership?: string;
  readonly from: number;
  readonly to: number;
  readonly roomId?: string;
  readonly redactedBy?: readonly string[];
}

/** The work of one row of the log, which changes one membership, or does not say what it changes. */
function workOf({ userId, membership = 'join', from, to, roomId = ROOM, redactedBy = [] }: Row): CommittedWork {
  position += 1;
  const uncommitted = new Uncommitted();
  if (userId !== undefined) uncommitted.addEvent(memberEvent({ eventNid: position, userId, membership, redactedBy }));
  const row: LogEntry['row'] = {
    shard: 1,
    position,
    roomNid: 7,
    kind: 'event',
    eventNid: position,
    previousRoot: from,
    currentRoot: to,
    body: undefined,
    transactionId: undefined,
    senderDeviceId: undefined,
  };
  const changed = userId === undefined ? [] : [{ type: 'm.room.member', stateKey: userId, eventNid: position }];
  const inWork = { isNew: false, isRemoved: false, isReplaced: false, changedKeys: [], head: undefined };
  return {
    log: [{ row, kind: 'event', roomId, roomVersion: '11', event: undefined, changed }],
    rooms: new Map([[roomId, { ...inWork, shard: 1, uncommitted }]]),
    imports: [],
    redactedEvents: [],
  };
}

function memberEvent({
  eventNid,
  userId,
  membership,
  redactedBy,
}: {
  readonly eventNid: number;
  readonly userId: string;
  readonly membership: string;
  readonly redactedBy: readonly string[];
}): KnownEvent {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('no room version 11');
  const pdu = {
    auth_events: [],
    content: { membership },
    depth: 1,
    hashes: {},
    origin_server_ts: 7,
    prev_events: [],
    room_id: ROOM,
    sender: userId,
    signatures: {},
    type: 'm.room.member',
    state_key: userId,
  };
  const event = parseRoomEvent(Buffer.from(JSON.stringify(pdu)), `$${String(eventNid).padStart(43, 'e')}`, rules);
  const places = { topologicalPosition: 1, streamPosition: 1, stateBefore: 1, stateAfter: 2 };
  return { ...places, eventNid, event, authDepth: 1, status: 'accepted', unread: undefined, redactedBy, byteLength: 1 };
}

describe('FollowedRooms', () => {
  it('gathers what changed since it was taken last, from which state to which', () => {
    rooms.committed(workOf({ userId: RHEA, from: 1, to: 2 }));
    rooms.committed(workOf({ userId: '@alice:one.example', from: 2, to: 3 }));
    rooms.committed(workOf({ userId: '@rick:far.example', membership: 'leave', from: 3, to: 4 }));
    const [taken] = rooms.takeChanged(none);
    expect(taken).toMatchObject({ roomId: ROOM, from: 1, root: 4, epoch: 3, comparing: 'no' });
    expect(taken?.changes).toEqual(
      new Map([
        [RHEA, { userId: RHEA, eventNid: 1, displayName: undefined, avatarUrl: undefined }],
        ['@rick:far.example', undefined],
      ]),
    );
    expect(rooms.takeChanged(none)).toEqual([]);
    rooms.committed(workOf({ userId: RHEA, membership: 'ban', from: 4, to: 5 }));
    expect(rooms.takeChanged(none)).toMatchObject([{ from: 4, root: 5 }]);
  });

  it('remembers nothing of rooms without members of other servers, nor of shards of others', () => {
    rooms.committed(workOf({ userId: '@alice:one.example', from: 1, to: 2 }));
    expect(rooms.has({ roomId: ROOM })).toBe(false);
    rooms.endShard(1);
    rooms.committed(workOf({ userId: RHEA, from: 2, to: 3 }));
    expect(rooms.has({ roomId: ROOM })).toBe(false);
  });

  it.each<[string, Row]>([
    ['a row does not say what it changes', { from: 2, to: 3 }],
    ['rows are missing in between', { userId: RHEA, from: 5, to: 6 }],
    ['the membership was redacted before it came', { userId: RHEA, from: 2, to: 3, redactedBy: ['$r'] }],
  ])('has a room compared where %s', (_when, row) => {
    rooms.committed(workOf({ userId: RHEA, from: 1, to: 2 }));
    rooms.committed(workOf(row));
    expect(rooms.takeChanged(none)).toEqual([]);
    expect(rooms.takeCompared(none)).toMatchObject({ root: row.to, comparing: 'yes' });
    expect(rooms.takeCompared(none)).toBeUndefined();
  });

  it('has a room compared of which too many changes wait', () => {
    for (let at = 0; at <= 200; at += 1) {
      rooms.committed(workOf({ userId: `@user${at}:far.example`, from: at, to: at + 1 }));
    }
    expect([rooms.takeChanged(none), rooms.waiting]).toEqual([[], 1]);
  });

  it('leaves out rooms that are being compared, and takes them again where that failed', () => {
    rooms.committed(workOf({ userId: RHEA, from: 1, to: 2 }));
    expect(rooms.takeChanged(isCompared)).toEqual([]);
    const [taken] = rooms.takeChanged(none);
    if (taken === undefined) throw new Error('nothing is taken');
    rooms.putBack(taken, 'where-stored');
    expect(rooms.takeCompared(isCompared)).toBeUndefined();
    expect(rooms.takeCompared(none)).toMatchObject({ from: 2, root: 2, comparing: 'where-stored' });
  });

  it('has a room compared in any case where somebody came while it was put back', () => {
    rooms.committed(workOf({ userId: RHEA, membership: 'invite', from: 1, to: 2 }));
    const [taken] = rooms.takeChanged(none);
    if (taken === undefined) throw new Error('nothing is taken');
    rooms.committed(workOf({ userId: RHEA, from: 2, to: 3 }));
    rooms.putBack(taken, 'where-stored');
    expect(rooms.takeCompared(none)).toMatchObject({ root: 3, comparing: 'yes' });
  });

  it('forgets the rooms that it has known longest, but for those of which something is to be stored', () => {
    for (let at = 0; at < 10_002; at += 1) {
      rooms.committed(workOf({ userId: RHEA, from: 1, to: 2, roomId: `!${at}` }));
    }
    rooms.forgetOldest(none);
    expect(rooms.has({ roomId: '!0' })).toBe(true);
    expect(rooms.takeChanged(none)).toHaveLength(10_002);
    rooms.forgetOldest((roomId) => roomId === '!0');
    expect(['!0', '!1', '!2', '!3'].map((roomId) => rooms.has({ roomId }))).toEqual([true, false, false, true]);
  });
});
