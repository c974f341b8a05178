import type { JsonObject } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import type { RemoteAnswer, RemoteBytes, RemoteRequest } from '../remote-servers.ts';
import { isUnsupported } from './ask-server.ts';
import { backfill } from './backfill.ts';
import { getHierarchy } from './get-hierarchy.ts';
import { getMissingEvents } from './get-missing-events.ts';
import { getState } from './get-state.ts';
import { makeJoin } from './make-membership.ts';
import { publicRooms } from './public-rooms.ts';
import { queryProfile } from './query-profile.ts';
import { sendInvite } from './send-invite.ts';
import { sendJoin } from './send-join.ts';
import { sendLeave } from './send-leave.ts';

const pair = { origin: 'ours.test', destination: 'theirs.test' };

/** A server that answers everything alike, and keeps what it was asked. */
function answering(answer: RemoteAnswer) {
  const asked: RemoteRequest[] = [];
  const request = async (question: RemoteRequest): Promise<RemoteAnswer> => {
    asked.push(question);
    return answer;
  };
  const requestBytes = async (question: RemoteRequest): Promise<RemoteBytes> => {
    asked.push(question);
    if (answer.outcome === 'unreachable') return answer;
    return { outcome: 'answered', status: answer.status, bytes: Buffer.from(JSON.stringify(answer.body)) };
  };
  return { asked, request, requestBytes };
}

/** A server that knows the first versions of endpoints alone, and answers these alike. */
function answeringV1(text: string, status = 200) {
  const server = answering({ outcome: 'answered', status: 404, body: { errcode: 'M_UNRECOGNIZED', error: '' } });
  const requestBytes = async (question: RemoteRequest): Promise<RemoteBytes> => {
    if (!question.path.includes('/v1/')) return server.requestBytes(question);
    server.asked.push(question);
    return { outcome: 'answered', status, bytes: Buffer.from(text) };
  };
  return { ...server, requestBytes };
}

function success(body: JsonObject): RemoteAnswer {
  return { outcome: 'answered', status: 200, body };
}

it('asks for a join with every version that is known here', async () => {
  const server = answering(success({ room_version: '10', event: { type: 'm.room.member' } }));
  const asking = { roomId: '!r:theirs.test', userId: '@u:ours.test', versions: ['10', '11'] };
  expect(await makeJoin(server, pair, asking)).toMatchObject({ outcome: 'ok', value: { room_version: '10' } });
  expect(server.asked).toMatchObject([
    {
      ...pair,
      method: 'GET',
      path: '/_matrix/federation/v1/make_join/!r%3Atheirs.test/%40u%3Aours.test',
      query: { ver: ['10', '11'] },
    },
  ]);
});

it('sends the very bytes of a join', async () => {
  const server = answering(success({ auth_chain: [], state: [] }));
  const bytes = Buffer.from('{}');
  const answer = await sendJoin(server, pair, { roomId: '!r:a', eventId: '$e/1', bytes, omitMembers: true });
  expect(answer.outcome === 'ok' && Buffer.from(answer.value).toString()).toBe('{"auth_chain":[],"state":[]}');
  expect(server.asked[0]).toMatchObject({
    method: 'PUT',
    path: '/_matrix/federation/v2/send_join/!r%3Aa/%24e%2F1',
    query: { omit_members: 'true' },
  });
  expect(server.asked[0]?.body).toBe(bytes);
});

it('repeats a parameter of several values', async () => {
  const server = answering(success({ pdus: [] }));
  await backfill(server, pair, { roomId: '!r:a', eventIds: ['$1', '$2'], limit: 50 });
  expect(server.asked[0]?.query).toEqual({ v: ['$1', '$2'], limit: '50' });
});

it('says what is wanted in the body', async () => {
  const server = answering(success({ events: [] }));
  await getMissingEvents(server, pair, { roomId: '!r:a', earliestEvents: ['$1'], latestEvents: ['$2'], limit: 10 });
  const body = { earliest_events: ['$1'], latest_events: ['$2'], limit: 10, min_depth: 0 };
  expect(server.asked[0]).toMatchObject({ method: 'POST', body });
});

it('leaves out of a search what was not given', async () => {
  const server = answering(success({ chunk: [] }));
  await publicRooms(server, pair, { limit: 5, filter: { room_types: [null] } });
  expect(server.asked[0]?.body).toEqual({ limit: 5, filter: { room_types: [null] } });
});

it('hands an invite over with what tells of the room', async () => {
  const server = answering(success({ event: { signatures: {} } }));
  const event = { type: 'm.room.member' };
  await sendInvite(server, pair, { roomId: '!r:a', eventId: '$e', roomVersion: '12', event, inviteRoomState: [event] });
  expect(server.asked[0]?.body).toEqual({ room_version: '12', event, invite_room_state: [event] });
});

it('passes an error on', async () => {
  const body = { errcode: 'M_INCOMPATIBLE_ROOM_VERSION', error: 'no', room_version: '99' };
  const server = answering({ outcome: 'answered', status: 400, body });
  const answer = await queryProfile(server, pair, { userId: '@u:theirs.test' });
  expect(answer).toMatchObject({
    outcome: 'refused',
    status: 400,
    errcode: 'M_INCOMPATIBLE_ROOM_VERSION',
    roomVersion: '99',
  });
  expect(isUnsupported(answer)).toBe(false);
});

it('passes an error on where the answer would be text', async () => {
  const server = answering({ outcome: 'answered', status: 403, body: { errcode: 'M_FORBIDDEN', error: 'no' } });
  const answer = await getState(server, pair, { roomId: '!r:a', eventId: '$e' });
  expect(answer).toMatchObject({ outcome: 'refused', status: 403, errcode: 'M_FORBIDDEN' });
});

it('makes an error of one that says nothing', async () => {
  const server = answering({ outcome: 'answered', status: 502, body: {} });
  expect(await queryProfile(server, pair, { userId: '@u:theirs.test', field: 'displayname' })).toMatchObject({
    outcome: 'refused',
    status: 502,
    errcode: 'M_UNKNOWN',
  });
});

it('hands a join and a leave over by the first version of the API where there is no other', async () => {
  const sent = { roomId: '!r:a', eventId: '$e', bytes: Buffer.from('{}') };
  const server = answeringV1('[200,{"auth_chain":[],"state":[]}]');
  const joined = await sendJoin(server, pair, { ...sent, omitMembers: true });
  expect(joined.outcome === 'ok' && Buffer.from(joined.value).toString()).toBe('{"auth_chain":[],"state":[]}');
  expect((await sendLeave(answeringV1('[200,{}]'), pair, sent)).outcome).toBe('ok');
  expect(server.asked.map(({ path, query }) => [path, query])).toEqual([
    ['/_matrix/federation/v2/send_join/!r%3Aa/%24e', { omit_members: 'true' }],
    ['/_matrix/federation/v1/send_join/!r%3Aa/%24e', undefined],
  ]);
});

it.each(['{}', '[]', '[500,{}]', '[200]', 'nonsense'])('does not take %s for a join or a leave', async (text) => {
  const sent = { roomId: '!r:a', eventId: '$e', bytes: Buffer.from('{}') };
  expect((await sendJoin(answeringV1(text), pair, { ...sent, omitMembers: true })).outcome).toBe('malformed');
  expect((await sendLeave(answeringV1(text), pair, sent)).outcome).toBe('malformed');
});

it('invites by the first version of the API into the oldest rooms alone', async () => {
  const event = { type: 'm.room.member', content: { membership: 'invite' } };
  const invite = { roomId: '!r:a', eventId: '$e:a', event, inviteRoomState: [event] };
  const server = answeringV1(`[200,{"event":${JSON.stringify(event)}}]`);
  expect(await sendInvite(server, pair, { ...invite, roomVersion: '1' })).toEqual({ outcome: 'ok', value: { event } });
  expect(server.asked.at(-1)).toMatchObject({
    path: '/_matrix/federation/v1/invite/!r%3Aa/%24e%3Aa',
    body: { ...event, unsigned: { invite_room_state: [event] } },
  });
  expect(isUnsupported(await sendInvite(server, pair, { ...invite, roomVersion: '6' }))).toBe(true);
  const refused = answeringV1('{"errcode":"M_FORBIDDEN","error":"no"}', 403);
  expect(await sendInvite(refused, pair, { ...invite, roomVersion: '2' })).toMatchObject({
    outcome: 'refused',
    status: 403,
    errcode: 'M_FORBIDDEN',
  });
});

it('knows an endpoint that is not there', async () => {
  const server = answering({ outcome: 'answered', status: 404, body: { errcode: 'M_UNRECOGNIZED', error: '' } });
  expect(isUnsupported(await getHierarchy(server, pair, { roomId: '!r:a', suggestedOnly: false }))).toBe(true);
});

it('does not take another shape for an answer', async () => {
  const server = answering(success({ pdus: 'none' }));
  const answer = await backfill(server, pair, { roomId: '!r:a', eventIds: ['$1'], limit: 1 });
  expect(answer.outcome).toBe('malformed');
});

it('says that nobody is there', async () => {
  const unreachable = { outcome: 'unreachable', reason: 'timeout', because: 'no answer' } as const;
  expect(await queryProfile(answering(unreachable), pair, { userId: '@u:theirs.test' })).toEqual(unreachable);
});
