import { readdirSync, readFileSync } from 'node:fs';
import type { JsonObject } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { buildEvent, rulesOf } from '../../test-support/build-event.ts';
import type { FullState, ReferenceRoom } from '../../test-support/reference-resolution.ts';
import { keyOf, resolveByTheBook } from '../../test-support/reference-resolution.ts';
import { resolveWithLoading } from '../../test-support/resolution-caller.ts';
import { authEventsStateOf, checkAuthEvents } from '../auth-rules/check-auth-events.ts';
import { checkAuth } from '../auth-rules/check-auth.ts';
import type { RoomEvent } from '../pdu/pdu.ts';

interface VectorEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key: string;
  readonly content: JsonObject;
  readonly origin_server_ts: number;
  readonly depth: number;
  readonly prev_events: readonly string[];
  readonly auth_events: readonly string[];
  readonly rejected?: boolean;
}

interface Vector {
  readonly story: string;
  readonly events: readonly VectorEvent[];
  readonly state_sets: readonly (readonly string[])[];
  readonly expected: readonly { readonly room_versions: readonly string[]; readonly state: readonly string[] }[];
}

const FOLDER = new URL('../../vectors/', import.meta.url);
const CREATOR = '@alice:a.example';

const rows = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const vector = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Vector;
    return vector.expected.flatMap(({ room_versions, state }) =>
      room_versions.map((version) => ({ name: file.replace('.json', ''), version, vector, expected: state })),
    );
  });

describe('state resolution vectors', () => {
  it.each(rows)('$name (version $version)', ({ version, vector, expected }) => {
    const { room, states } = readVector(version, vector);
    expect(idsOf(resolveWithLoading(states, room))).toEqual([...expected].sort());
    expect(idsOf(resolveWithLoading(states.toReversed(), room))).toEqual([...expected].sort());
  });

  it.each(rows.filter(({ version }) => version !== '1'))(
    '$name is what the specification says by the letter (version $version)',
    ({ version, vector, expected }) => {
      const { room, states } = readVector(version, vector);
      expect(idsOf(resolveByTheBook(states, room))).toEqual([...expected].sort());
    },
  );

  it.each(rows)('$name tells of events that their auth events allow (version $version)', ({ version, vector }) => {
    const { room } = readVector(version, vector);
    const events = { find: (eventId: string) => room.events.get(eventId), isRejected: () => false };
    for (const event of room.events.values()) {
      expect(checkAuthEvents(event, events)).toEqual({ outcome: 'allow' });
      expect(checkAuth(event, authEventsStateOf(event, events))).toEqual({ outcome: 'allow' });
    }
  });
});

function readVector(version: string, { events, state_sets }: Vector): { room: ReferenceRoom; states: FullState[] } {
  const built = events.map((event) => eventOf(version, event));
  const room = {
    events: new Map(built.map((event) => [event.eventId, event])),
    rejected: new Set(events.filter(({ rejected }) => rejected).map(({ event_id }) => event_id)),
  };
  return { room, states: state_sets.map((ids) => new Map(ids.map((id) => [keyOf(eventIn(room, id)), id]))) };
}

function eventOf(version: string, event: VectorEvent): RoomEvent {
  const { createEventInAuthEvents, privilegedCreators, roomIdIsCreateEventHash } = rulesOf(version);
  return buildEvent(version, {
    eventId: event.event_id,
    roomId: roomIdIsCreateEventHash ? '!create' : '!room:a.example',
    type: event.type,
    sender: event.sender,
    stateKey: event.state_key,
    content: privilegedCreators ? withoutCreator(event.content) : event.content,
    originServerTs: event.origin_server_ts,
    depth: event.depth,
    prevEvents: event.prev_events,
    authEvents: event.auth_events.filter((id) => createEventInAuthEvents || id !== '$create'),
  });
}

function withoutCreator(content: JsonObject): JsonObject {
  const { users } = content;
  if (!isJsonObject(users)) return content;
  const { [CREATOR]: _creator, ...others } = users;
  return { ...content, users: others };
}

function eventIn({ events }: ReferenceRoom, eventId: string): RoomEvent {
  const event = events.get(eventId);
  if (event === undefined) throw new Error(`The vector has no event ${eventId}`);
  return event;
}

function idsOf(state: ReadonlyMap<string, string>): string[] {
  return [...state.values()].sort();
}
