import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEvent } from '@plexus/room-dag';
import type { AnswerRequest, ReceivedRequest, RemoteHomeserver } from './remote-homeserver.ts';
import type { RemoteRoom } from './remote-room.ts';
import type { ScriptedAnswer } from './scripted-answer.ts';

const NOT_FOUND: ScriptedAnswer = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'it is not here' } };

/** Lets a scripted server answer for a room as a well-behaved resident server does: for single answers a script may say otherwise. */
export function serveRoom(server: RemoteHomeserver, room: RemoteRoom): void {
  const on = (method: string, path: string, answer: AnswerRequest): void => {
    const pattern = new RegExp(`^/_matrix/federation/${path}$`);
    const isOfRoom = ({ path: asked, body }: Pick<ReceivedRequest, 'path' | 'body'>): boolean =>
      asked.includes(room.roomId) || body['room_id'] === room.roomId || path.includes('/event/');
    server.answerIf(method, pattern, isOfRoom, answer);
  };
  for (const membership of ['join', 'leave', 'knock'] as const)
    on('GET', `v1/make_${membership}/([^/]+)/([^/]+)`, ({ parts }) => ok(templateOf(room, parts[1] ?? '', membership)));
  on('PUT', 'v2/send_join/([^/]+)/([^/]+)', ({ body, query }) => ok(joinAnswer(server, room, body, query)));
  on('PUT', 'v2/send_leave/([^/]+)/([^/]+)', ({ body }) => {
    room.accept(body);
    return ok({});
  });
  on('PUT', 'v1/send_knock/([^/]+)/([^/]+)', ({ body }) => {
    room.accept(body);
    const shown = room.state().filter(({ type }) => STRIPPED.includes(type));
    return ok({ knock_room_state: shown.map(strippedOf) });
  });
  on('GET', 'v1/event/([^/]+)', ({ parts }) => {
    const event = room.find(parts[0] ?? '');
    return event === undefined ? NOT_FOUND : ok({ origin: server.name, origin_server_ts: 1, pdus: [event.pdu] });
  });
  on('GET', 'v1/state/([^/]+)', ({ query }) => {
    const state = room.state(query.get('event_id') ?? undefined);
    return ok({ pdus: pdus(state), auth_chain: pdus(room.authChain(state)) });
  });
  on('GET', 'v1/state_ids/([^/]+)', ({ query }) => {
    const state = room.state(query.get('event_id') ?? undefined);
    return ok({ pdu_ids: ids(state), auth_chain_ids: ids(room.authChain(state)) });
  });
  on('GET', 'v1/event_auth/([^/]+)/([^/]+)', ({ parts }) => {
    const event = room.find(parts[1] ?? '');
    return event === undefined ? NOT_FOUND : ok({ auth_chain: pdus(room.authChain([event])) });
  });
  on('GET', 'v1/backfill/([^/]+)', ({ query }) => {
    const found = walkBack(room, query.getAll('v'), { limit: Number(query.get('limit') ?? 10), until: new Set() });
    return ok({ origin: server.name, origin_server_ts: 1, pdus: pdus(found) });
  });
  on('POST', 'v1/get_missing_events/([^/]+)', ({ body }) => {
    const latest = idsOf(body['latest_events']);
    const from = latest.flatMap((eventId) => room.find(eventId)?.prevEvents ?? []);
    const until = new Set([...idsOf(body['earliest_events']), ...latest]);
    const limit = typeof body['limit'] === 'number' ? body['limit'] : 10;
    return ok({ events: pdus(walkBack(room, from, { limit, until }).toReversed()) });
  });
}

function ok(body: JsonObject): ScriptedAnswer {
  return { status: 200, body };
}

function pdus(events: readonly RoomEvent[]): JsonObject[] {
  return events.map(({ pdu }) => pdu);
}

function ids(events: readonly RoomEvent[]): string[] {
  return events.map(({ eventId }) => eventId);
}

const STRIPPED = ['m.room.create', 'm.room.join_rules', 'm.room.name', 'm.room.avatar', 'm.room.encryption'];

function strippedOf({ type, sender, stateKey = '', content }: RoomEvent): JsonObject {
  return { type, sender, state_key: stateKey, content };
}

function templateOf(room: RemoteRoom, userId: string, membership: string): JsonObject {
  const proto = { type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } };
  const depth = Math.max(...room.extremities.map((eventId) => room.find(eventId)?.depth ?? 0)) + 1;
  const event: JsonObject = {
    type: proto.type,
    sender: userId,
    state_key: userId,
    content: proto.content,
    room_id: room.roomId,
    depth,
    prev_events: room.references(room.extremities),
    auth_events: room.references(room.authEventsOf(proto)),
    origin_server_ts: Date.now(),
  };
  return { room_version: room.rules.version, event };
}

function joinAnswer(server: RemoteHomeserver, room: RemoteRoom, pdu: JsonObject, query: URLSearchParams): JsonObject {
  const state = [...room.state()];
  const event = room.accept(pdu);
  const isPartial = query.get('omit_members') === 'true';
  const shown = isPartial ? state.filter(({ type }) => type !== 'm.room.member') : state;
  const chain = room.authChain([...shown, event]).filter((one) => !isPartial || !shown.includes(one));
  return {
    event: event.pdu,
    origin: server.name,
    state: shown.map((one) => one.pdu),
    auth_chain: chain.map((one) => one.pdu),
    members_omitted: isPartial,
    ...(isPartial && { servers_in_room: serversOf(room) }),
  };
}

function serversOf(room: RemoteRoom): string[] {
  const joined = room
    .state()
    .filter(({ type, content }) => type === 'm.room.member' && content['membership'] === 'join');
  return [...new Set(joined.map(({ stateKey = '' }) => stateKey.slice(stateKey.indexOf(':') + 1)))];
}

/** The events from these on backwards, the newest first. */
function walkBack(
  room: RemoteRoom,
  from: readonly string[],
  { limit, until }: { readonly limit: number; readonly until: ReadonlySet<string> },
): RoomEvent[] {
  const found = new Map<string, RoomEvent>();
  const open = [...from];
  for (let eventId = open.shift(); eventId !== undefined && found.size < limit; eventId = open.shift()) {
    const event = room.find(eventId);
    if (event === undefined || found.has(eventId) || until.has(eventId)) continue;
    found.set(eventId, event);
    open.push(...event.prevEvents);
  }
  return [...found.values()];
}

function idsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
