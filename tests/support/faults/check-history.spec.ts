import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { History, LoggedEvent } from './history.ts';
import { stateKeyOf } from './history.ts';

const create = event('$create', { type: 'm.room.create', stateKey: '' });
const join = event('$join', { type: 'm.room.member', stateKey: '@a:one', membership: 'join', prevEvents: ['$create'] });
const first = event('$first', { marker: 'one', prevEvents: ['$join'] });
const second = event('$second', { marker: 'two', prevEvents: ['$first'] });

describe('the checker of histories', () => {
  it('finds nothing in a history in which all is well', () => {
    expect(checkHistory(historyOf([create, join, first, second]))).toEqual([]);
  });

  it('finds an acknowledged event that is lost', () => {
    const history = historyOf([create, join, first], { acknowledged: [ack('one', '$first'), ack('two', '$second')] });
    expect(checkHistory(history)).toEqual(['two: acknowledged as $second and lost']);
  });

  it('finds an effect that happened twice, acknowledged or not', () => {
    const again = { ...second, marker: 'one' };
    const expected = 'one: acknowledged once and there 2 times';
    expect(checkHistory(historyOf([create, join, first, again]))).toContain(expected);
    const unheard = historyOf([create, join, first, again], { acknowledged: [] });
    expect(checkHistory(unheard)).toEqual(['one: never acknowledged, and there more than once']);
  });

  it('lets a request without a transaction id have its effect twice', () => {
    const again = { ...second, marker: 'one' };
    const acknowledged = [{ ...ack('one', '$first'), isOnce: false }];
    expect(checkHistory(historyOf([create, join, first, again], { acknowledged }))).toEqual([]);
  });

  it('finds an acknowledged event of which only the effect was told', () => {
    const untold = { ...ack('two', ''), eventId: undefined };
    expect(checkHistory(historyOf([create, join, first, second], { acknowledged: [untold] }))).toEqual([]);
    expect(checkHistory(historyOf([create, join, first], { acknowledged: [untold] }))).toEqual([
      'two: acknowledged as done and lost',
    ]);
  });

  it('reports what somebody met', () => {
    const incidents = ['GET /sync was refused'];
    expect(checkHistory(historyOf([create, join], { incidents }))).toEqual(incidents);
  });

  it('finds holes and doubles among the positions, and rows that are not published', () => {
    const history = historyOf([create, join, first]);
    const hole = { ...history, log: history.log.map((row) => ({ ...row, position: row.position * 2 })) };
    expect(checkHistory(hole)[0]).toBe('shard 0: position 2 stands where 1 must');
    const behind = { ...history, shards: [{ shard: 0, position: 2, published: 1 }] };
    expect(checkHistory(behind)).toEqual([
      'shard 0: its row says 2, its log has 3 rows',
      'shard 0: 1 rows are not published',
    ]);
  });

  it('finds a row of the log whose event is gone', () => {
    const history = historyOf([create, join]);
    const rowsWithoutEvent = [{ shard: 0, position: 3, kind: 0, roomId: '!r' }];
    const shards = [{ shard: 0, position: 3, published: 3 }];
    expect(checkHistory({ ...history, shards, rowsWithoutEvent })).toEqual([
      'shard 0: the row at 3, of kind 0 in !r, has no event',
    ]);
  });

  it('finds an event that follows one that is not there', () => {
    expect(checkHistory(historyOf([create, join, second], { acknowledged: [] }))).toEqual([
      '!r: $second follows $first, which is not before it',
    ]);
  });

  it.each([
    ['skipped', ['$first'], '1 events instead of 2; at 1 nothing, not $second'],
    ['reordered', ['$second', '$first'], '2 events instead of 2; at 0 $second, not $first'],
    ['repeated', ['$first', '$first', '$second'], '3 events instead of 2; at 1 $first, not $second'],
  ])('finds events that somebody saw %s', (_, eventIds, expected) => {
    const views = [{ who: 'bob', roomId: '!r', after: '$join', eventIds }];
    expect(checkHistory(historyOf([create, join, first, second], { views }))).toEqual([`!r: bob saw ${expected}`]);
  });

  it('finds a state that is not the one of the log', () => {
    const eventIds = new Map([[stateKeyOf('m.room.create', ''), '$create']]);
    const states = [{ who: 'bob', roomId: '!r', eventIds }];
    expect(checkHistory(historyOf([create, join], { states }))).toEqual([
      '!r: bob sees undefined as ["m.room.member","@a:one"], the log says $join',
    ]);
  });

  it('finds a room of which its member is not told, and the other way round', () => {
    const left = { ...join, eventId: '$left', membership: 'leave', prevEvents: ['$join'] };
    const untold = historyOf([create, join], { joinedRooms: [{ userId: '@a:one', roomIds: [] }] });
    expect(checkHistory(untold)).toEqual(['@a:one is joined to !r and is not told']);
    const stale = historyOf([create, join, left], { joinedRooms: [{ userId: '@a:one', roomIds: ['!r'] }] });
    expect(checkHistory(stale)).toEqual(['@a:one is told of !r and is not joined to it']);
  });
});

function event(eventId: string, fields: Partial<LoggedEvent>): LoggedEvent {
  const plain = { type: 'm.room.message', stateKey: undefined, sender: '@a:one', membership: undefined };
  return { shard: 0, position: 0, roomId: '!r', eventId, ...plain, marker: undefined, prevEvents: [], ...fields };
}

function ack(marker: string, eventId: string): History['acknowledged'][number] {
  return { marker, eventId, roomId: '!r', isOnce: true };
}

/** A history in which the log has these events, all of them were acknowledged, and nobody looked. */
function historyOf(events: readonly LoggedEvent[], over: Partial<History> = {}): History {
  const log = events.map((logged, index) => ({ ...logged, position: index + 1 }));
  const acknowledged = [first, second]
    .filter(({ eventId }) => events.some((logged) => logged.eventId === eventId))
    .map(({ marker, eventId }) => ack(marker ?? '', eventId));
  const shards = [{ shard: 0, position: log.length, published: log.length }];
  return {
    incidents: [],
    rowsWithoutEvent: [],
    shards,
    log,
    acknowledged,
    views: [],
    states: [],
    joinedRooms: [],
    ...over,
  };
}
