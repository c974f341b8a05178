import { expect, it } from 'vitest';
import { lastEventAt } from './last-event-at.ts';
import type { LoggedRow } from './logged-row.ts';

const EVENT = {
  auth_events: [],
  content: { body: '"origin_server_ts":1', origin_server_ts: 2 },
  depth: 3,
  origin_server_ts: 1_764_378_000_123,
  prev_events: ['$before'],
};

function rowOf(json: object | undefined): LoggedRow {
  const event = {
    eventNid: 1,
    eventId: '$event',
    topologicalPosition: 1,
    stateBefore: 1,
    stateAfter: 1,
    json: Buffer.from(JSON.stringify(json ?? {})),
    redactedBy: [],
    unread: undefined,
  };
  return {
    shard: 0,
    position: 1,
    kind: json === undefined ? 'receipt' : 'event',
    roomNid: 1,
    roomId: '!room:one.example',
    roomVersion: '11',
    previousRoot: 1,
    currentRoot: 1,
    event: json === undefined ? undefined : event,
    transactionId: undefined,
    senderDeviceId: undefined,
    body: undefined,
    changedState: [],
    changedMembers: [],
  };
}

it.each([
  ['what the last event says itself, whatever its content says', [{ origin_server_ts: 4 }, EVENT], 1_764_378_000_123],
  ['that of an event before rows without one', [EVENT, undefined], 1_764_378_000_123],
  ['nothing where there is no event', [undefined], undefined],
  ['nothing of an event without a time', [{ depth: 3 }], undefined],
  ['nothing of a time that is no number', [{ origin_server_ts: 'now' }], undefined],
])('the time of the last event is %s', (_what, events, time) => {
  expect(lastEventAt(events.map(rowOf))).toBe(time);
});
