import type { Acknowledged, History, LoggedEvent, StateView, View } from './history.ts';
import { stateKeyOf } from './history.ts';

/** Everything in a history that must not be, one sentence each. */
export function checkHistory(history: History): string[] {
  const byRoom = Map.groupBy(history.log, ({ roomId }) => roomId);
  return [
    ...history.incidents,
    ...checkPositions(history),
    ...checkRows(history),
    ...checkGraph(byRoom),
    ...checkEffects(history),
    ...history.views.flatMap((view) => checkView(view, byRoom.get(view.roomId) ?? [])),
    ...history.states.flatMap((state) => checkState(state, byRoom.get(state.roomId) ?? [])),
    ...checkJoinedRooms(history, byRoom),
  ];
}

/** The positions of a shard are dense from 1 on, its row knows the last one, and everything is published. */
function checkPositions({ shards, log, rowsWithoutEvent }: History): string[] {
  const byShard = Map.groupBy([...log, ...rowsWithoutEvent], ({ shard }) => shard);
  return shards.flatMap(({ shard, position, published }) => {
    const positions = (byShard.get(shard) ?? []).map((row) => row.position).toSorted((a, b) => a - b);
    const problems = positions.flatMap((found, index) => {
      return found === index + 1 ? [] : [`shard ${shard}: position ${found} stands where ${index + 1} must`];
    });
    if (position !== positions.length)
      problems.push(`shard ${shard}: its row says ${position}, its log has ${positions.length} rows`);
    if (published !== position) problems.push(`shard ${shard}: ${position - published} rows are not published`);
    return problems.slice(0, 3);
  });
}

function checkRows({ rowsWithoutEvent }: History): string[] {
  return rowsWithoutEvent.map(({ shard, position, kind, roomId }) => {
    return `shard ${shard}: the row at ${position}, of kind ${kind} in ${roomId ?? 'no room'}, has no event`;
  });
}

/** With one writer an event follows what was there when it was written. */
function checkGraph(byRoom: ReadonlyMap<string, readonly LoggedEvent[]>): string[] {
  return [...byRoom].flatMap(([roomId, events]) => {
    const seen = new Set<string>();
    const problems: string[] = [];
    for (const { eventId, prevEvents } of events) {
      if (seen.has(eventId)) problems.push(`${roomId}: ${eventId} is in the log twice`);
      for (const previous of prevEvents)
        if (!seen.has(previous)) problems.push(`${roomId}: ${eventId} follows ${previous}, which is not before it`);
      seen.add(eventId);
    }
    return problems.slice(0, 3);
  });
}

function checkEffects({ acknowledged, log }: History): string[] {
  const byMarker = Map.groupBy(
    log.filter(({ marker }) => marker !== undefined),
    ({ marker }) => marker ?? '',
  );
  const lost = acknowledged.flatMap((ack) => checkAcknowledged(ack, byMarker.get(ack.marker) ?? []));
  const known = new Set(acknowledged.map(({ marker }) => marker));
  const repeated = [...byMarker].filter(([marker, events]) => events.length > 1 && !known.has(marker));
  return [...lost, ...repeated.map(([marker]) => `${marker}: never acknowledged, and there more than once`)];
}

function checkAcknowledged({ marker, eventId, roomId, isOnce }: Acknowledged, found: readonly LoggedEvent[]): string[] {
  const isThere = found.some((event) => event.eventId === (eventId ?? event.eventId) && event.roomId === roomId);
  if (!isThere) return [`${marker}: acknowledged as ${eventId ?? 'done'} and lost`];
  return isOnce && found.length > 1 ? [`${marker}: acknowledged once and there ${found.length} times`] : [];
}

function checkView({ who, roomId, after, eventIds }: View, events: readonly LoggedEvent[]): string[] {
  const all = events.map(({ eventId }) => eventId);
  const begin = after === undefined ? 0 : all.indexOf(after) + 1;
  const expected = all.slice(begin);
  const at = Array.from({ length: Math.max(expected.length, eventIds.length) }, (_, index) => index).find(
    (index) => expected[index] !== eventIds[index],
  );
  if (at === undefined) return [];
  const counts = `${eventIds.length} events instead of ${expected.length}`;
  return [`${roomId}: ${who} saw ${counts}; at ${at} ${eventIds[at] ?? 'nothing'}, not ${expected[at] ?? 'nothing'}`];
}

/** The log is linear here, so that the last event of each type and state key is the current one. */
function checkState({ who, roomId, eventIds }: StateView, events: readonly LoggedEvent[]): string[] {
  const replayed = replay(events);
  const keys = new Set([...replayed.keys(), ...eventIds.keys()]);
  return [...keys].flatMap((key) => {
    const [expected, found] = [replayed.get(key)?.eventId, eventIds.get(key)];
    return expected === found ? [] : [`${roomId}: ${who} sees ${found} as ${key}, the log says ${expected}`];
  });
}

function replay(events: readonly LoggedEvent[]): Map<string, LoggedEvent> {
  const state = new Map<string, LoggedEvent>();
  for (const event of events)
    if (event.stateKey !== undefined) state.set(stateKeyOf(event.type, event.stateKey), event);
  return state;
}

function checkJoinedRooms({ joinedRooms }: History, byRoom: ReadonlyMap<string, readonly LoggedEvent[]>): string[] {
  const states = new Map([...byRoom].map(([roomId, events]) => [roomId, replay(events)]));
  return joinedRooms.flatMap(({ userId, roomIds }) => {
    const key = stateKeyOf('m.room.member', userId);
    const expected = [...states].filter(([, state]) => state.get(key)?.membership === 'join').map(([roomId]) => roomId);
    const missing = expected.filter((roomId) => !roomIds.includes(roomId));
    const surplus = roomIds.filter((roomId) => states.has(roomId) && !expected.includes(roomId));
    return [
      ...missing.map((roomId) => `${userId} is joined to ${roomId} and is not told`),
      ...surplus.map((roomId) => `${userId} is told of ${roomId} and is not joined to it`),
    ];
  });
}
