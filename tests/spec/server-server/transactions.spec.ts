import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { federationPath, Visitor } from '@plexus/testing';
import type { RemoteRoom } from '@plexus/testing';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let remote: Visitor;
let lastTransaction = 0;

beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  remote = await Visitor.open(http);
});
afterAll(() => remote.stop());

function send(
  pdus: readonly JsonObject[],
  edus: readonly JsonObject[] = [],
  transactionId = `t${++lastTransaction}`,
): Promise<JsonObject> {
  return remote.send(transactionId, { pdus, edus });
}

async function enter(options: Json = {}): Promise<RemoteRoom> {
  const roomId = await alice.createRoom({ preset: 'public_chat', ...options });
  return remote.join(roomId, remote.user(uniqueName('bob')));
}

/** Texts of messages that alice sees, oldest first. */
async function seen(roomId: string): Promise<unknown[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=100`;
  const { chunk } = (await alice.ask('GET', path)) as { chunk: { type: string; content: Json }[] };
  return chunk.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
}

describe('PUT /send/{txnId}', () => {
  it.each(['1', '2', '3', '6', '11', '12'])('brings messages into a room of version %s', async (version) => {
    const room = await enter({ room_version: version });
    const [first, second] = [room.say('one'), room.say('two')];
    const results = await send([first.pdu, second.pdu]);
    expect(results).toEqual({ [first.eventId]: {}, [second.eventId]: {} });
    await expect.poll(() => seen(room.roomId)).toEqual(['one', 'two']);
  });

  it('answers a repeated transaction as before, and takes nothing twice', async () => {
    const room = await enter();
    const { pdu, eventId } = room.say('once');
    const id = `repeated${uniqueName('')}`;
    const answers = await Promise.all([send([pdu], [], id), send([pdu], [], id)]);
    expect(answers).toEqual([{ [eventId]: {} }, { [eventId]: {} }]);
    expect(await send([], [], id)).toEqual({ [eventId]: {} });
    expect(await send([pdu])).toEqual({ [eventId]: {} });
    await expect.poll(() => seen(room.roomId)).toEqual(['once']);
  });

  it('takes many at once: a server sends to each hosted one that shares a room with it', async () => {
    const room = await enter();
    const said = Array.from({ length: 60 }, (_, index) => room.say(`at once ${index}`));
    const answers = await Promise.all(said.map(({ pdu }) => send([pdu])));
    expect(answers).toEqual(said.map(({ eventId }) => ({ [eventId]: {} })));
    await expect.poll(async () => (await seen(room.roomId)).length, { timeout: 20_000 }).toBe(60);
  });

  it('judges each PDU by itself', async () => {
    const room = await enter();
    const good = room.say('good');
    const forged = room.say('forged');
    const signatures = { [remote.serverName]: { [remote.key.keyId]: remote.key.sign('something else') } };
    const foreign = room.append({ type: 'm.room.message', content: {}, sender: alice.userId });
    const results = await send([
      good.pdu,
      { ...forged.pdu, signatures },
      foreign.pdu,
      { nonsense: true },
      { ...good.pdu, depth: 'deep' },
    ]);
    expect(results[good.eventId]).toEqual({});
    for (const { eventId } of [forged, foreign])
      expect(results[eventId]).toEqual({ errcode: 'M_FORBIDDEN', error: expect.any(String) });
    expect(Object.keys(results)).toHaveLength(3);
    await expect.poll(() => seen(room.roomId)).toEqual(['good']);
  });

  it('takes the redacted form of an event whose content was changed on the way, until the whole event comes', async () => {
    const room = await enter();
    const event = room.say('as it was');
    const after = room.say('after');
    await send([{ ...event.pdu, content: { body: 'as it is not' } }, after.pdu]);
    await expect.poll(() => seen(room.roomId)).toEqual([undefined, 'after']);
    expectError(await remote.call('GET', federationPath('v1/event', event.eventId)), 404, 'M_NOT_FOUND');
    expect(await send([event.pdu])).toEqual({ [event.eventId]: {} });
    await expect.poll(() => seen(room.roomId)).toEqual(['as it was', 'after']);
    const { pdus } = await remote.ask('GET', federationPath('v1/event', event.eventId));
    expect(pdus).toMatchObject([{ content: { body: 'as it was' } }]);
  });

  it('gives an event its place that is known so far as cited only', async () => {
    const room = await enter();
    const { userId } = room;
    const renamed = room.build({
      type: 'm.room.member',
      stateKey: userId,
      content: { membership: 'join', displayname: 'Bobby' },
    });
    const say = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'by my new name' } };
    const former = room.stateEvent('m.room.member', userId)?.eventId;
    const authEvents = room.authEventsOf(say).map((eventId) => (eventId === former ? renamed.eventId : eventId));
    const said = room.build({ ...say, authEvents });
    const ofRoom = ({ path }: { readonly path: string }): boolean => path.includes(room.roomId);
    const chain = [...room.authChain([renamed]), renamed].map(({ pdu }) => pdu);
    remote.server.answerIf('GET', /event_auth/, ofRoom, () => ({ status: 200, body: { auth_chain: chain } }));
    expect(await send([said.pdu])).toEqual({ [said.eventId]: {} });
    await expect.poll(() => seen(room.roomId), { timeout: 20_000 }).toEqual(['by my new name']);

    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/state/m.room.member/${encodeURIComponent(userId)}`;
    expect((await alice.ask('GET', path))['displayname']).toBeUndefined();
    expect(await send([renamed.pdu])).toEqual({ [renamed.eventId]: {} });
    await expect.poll(() => alice.ask('GET', path)).toMatchObject({ displayname: 'Bobby' });
  });

  it('refuses what is too much, and what is no transaction', async () => {
    const path = federationPath('v1/send', 'wrong');
    const pdus = Array.from({ length: 51 }, () => ({}));
    expectError(await remote.call('PUT', path, { origin: 'x', origin_server_ts: 1, pdus }), 400, 'M_BAD_JSON');
    const edus = Array.from({ length: 101 }, () => ({}));
    expectError(await remote.call('PUT', path, { pdus: [], edus }), 400, 'M_BAD_JSON');
    expectError(await remote.call('PUT', path, {}), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('PUT', path), 400, 'M_NOT_JSON');
    const long = federationPath('v1/send', randomBytes(4_000).toString('hex'));
    expectError(await remote.call('PUT', long, { pdus: [] }), 400, 'M_INVALID_PARAM');
  });

  it('takes 100 EDUs, each of them', async () => {
    const bob = remote.user(uniqueName('bob'));
    const edus = Array.from({ length: 100 }, (_, index) => ({
      edu_type: 'm.direct_to_device',
      content: {
        sender: bob,
        type: 'm.test',
        message_id: uniqueName('message'),
        messages: { [alice.userId]: { '*': { index } } },
      },
    }));
    const { next_batch: since } = await alice.sync();
    await send([], edus);
    const heard: unknown[] = [];
    for (let from = String(since); heard.length < 100;) {
      const answer = await alice.sync({ since: from });
      const { events } = answer['to_device'] as { events: { readonly sender: string; readonly content: Json }[] };
      if (events.length === 0) break;
      heard.push(...events.filter(({ sender }) => sender === bob).map(({ content }) => content['index']));
      from = String(answer['next_batch']);
    }
    expect(heard).toEqual(edus.map((_, index) => index));
  });

  it('takes a transaction of 50 of the largest events', async () => {
    const room = await enter();
    const events = Array.from({ length: 50 }, () => room.say('x'.repeat(60_000)));
    const results = await send(events.map(({ pdu }) => pdu));
    expect(Object.values(results)).toEqual(events.map(() => ({})));
  });
});

interface EphemeralAnswer {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Record<string, { readonly ephemeral?: { readonly events: readonly { readonly type: string }[] } }>;
  };
}

describe('server ACLs', () => {
  const deny = { allow: ['*'], deny: ['127.0.0.?'] };

  it('keep a server out of one room, and of no other, until they let it in again', async () => {
    const [denied, open] = [await enter(), await enter()];
    await alice.setState(denied.roomId, 'm.room.server_acl', deny);
    const pdus = [denied, open].map((room) => room.say('hello'));
    const [kept, taken] = pdus;
    const banned = { errcode: 'M_FORBIDDEN', error: 'Server is banned from room' };
    const ids = pdus.map(({ eventId }) => eventId);
    const results = await send(pdus.map(({ pdu }) => pdu));
    expect(ids.map((id) => results[id])).toEqual([banned, {}]);
    await expect.poll(() => seen(open.roomId)).toEqual(['hello']);
    await alice.setState(denied.roomId, 'm.room.server_acl', { ...deny, deny: [] });
    expect(await send([kept?.pdu ?? {}, taken?.pdu ?? {}])).toEqual(Object.fromEntries(ids.map((id) => [id, {}])));
    await expect.poll(() => seen(denied.roomId)).toEqual(['hello']);
  });

  it('keep out what EDUs say of the room, and of no other', async () => {
    const [denied, open] = [await enter(), await enter()];
    await alice.setState(denied.roomId, 'm.room.server_acl', deny);
    const rooms = [denied, open];
    const receipts: [string, JsonObject][] = [];
    for (const { roomId, userId } of rooms) {
      const eventId = await alice.send(roomId, 'read me');
      receipts.push([roomId, { 'm.read': { [userId]: { event_ids: [eventId], data: { ts: 1_234 } } } }]);
    }
    const typing = rooms.map(({ roomId, userId }) => ({
      edu_type: 'm.typing',
      content: { room_id: roomId, user_id: userId, typing: true },
    }));
    const { next_batch: since } = await alice.sync();
    await send([], [{ edu_type: 'm.receipt', content: Object.fromEntries(receipts) }, ...typing]);
    const ephemeral = new Map<string, string[]>();
    let from = String(since);
    const heard = async (): Promise<unknown> => {
      const answer = (await alice.sync({ since: from })) as EphemeralAnswer;
      from = answer.next_batch;
      for (const [roomId, { ephemeral: told }] of Object.entries(answer.rooms?.join ?? {}))
        ephemeral.set(roomId, [...(ephemeral.get(roomId) ?? []), ...(told?.events ?? []).map(({ type }) => type)]);
      return ephemeral.get(open.roomId)?.toSorted();
    };
    await expect.poll(heard, { timeout: 10_000 }).toEqual(['m.receipt', 'm.typing']);
    expect(ephemeral.get(denied.roomId) ?? []).toEqual([]);
  });

  it('deny addresses where they say so, whatever else they allow', async () => {
    const room = await enter();
    await alice.setState(room.roomId, 'm.room.server_acl', { allow: ['*'], allow_ip_literals: false });
    const { pdu, eventId } = room.say('hello');
    expect(await send([pdu])).toMatchObject({ [eventId]: { errcode: 'M_FORBIDDEN' } });
  });

  it('close every endpoint of the room', async () => {
    const room = await enter();
    const { eventId } = room.last;
    await alice.setState(room.roomId, 'm.room.server_acl', deny);
    const [id, user] = [encodeURIComponent(room.roomId), encodeURIComponent(room.userId)];
    const event = encodeURIComponent(eventId);
    const body = { earliest_events: [], latest_events: [eventId] };
    const asked: [method: string, path: string, body?: JsonObject][] = [
      ['GET', `v1/event/${event}`],
      ['GET', `v1/state/${id}?event_id=${event}`],
      ['GET', `v1/state_ids/${id}?event_id=${event}`],
      ['GET', `v1/event_auth/${id}/${event}`],
      ['GET', `v1/backfill/${id}?v=${event}&limit=1`],
      ['POST', `v1/get_missing_events/${id}`, body],
      ['GET', `v1/timestamp_to_event/${id}?ts=1&dir=f`],
      ['GET', `v1/make_join/${id}/${user}?ver=12`],
      ['GET', `v1/make_leave/${id}/${user}`],
      ['GET', `v1/make_knock/${id}/${user}?ver=12`],
      ['PUT', `v1/send_join/${id}/${event}`, room.last.pdu],
      ['PUT', `v2/send_join/${id}/${event}`, room.last.pdu],
      ['PUT', `v1/send_leave/${id}/${event}`, room.last.pdu],
      ['PUT', `v2/send_leave/${id}/${event}`, room.last.pdu],
      ['PUT', `v1/send_knock/${id}/${event}`, room.last.pdu],
      ['PUT', `v1/exchange_third_party_invite/${id}`, exchangeOf(room)],
    ];
    const answers = await Promise.all(
      asked.map(([method, path, content]) => remote.call(method, federationPath(path), content)),
    );
    expect(answers.map(({ status, body: { error } }) => [status, error])).toEqual(
      asked.map(() => [403, 'Server is banned from room']),
    );
    expectError(await remote.call('GET', federationPath(`v1/hierarchy/${id}`)), 404, 'M_NOT_FOUND');
  });
});

/** A third-party invite that a server wants to be made a proper one. */
function exchangeOf({ roomId }: RemoteRoom): JsonObject {
  const invited = remote.user('invited');
  const signed = { mxid: invited, token: 'x', signatures: {} };
  return {
    type: 'm.room.member',
    room_id: roomId,
    sender: alice.userId,
    state_key: invited,
    content: { membership: 'invite', third_party_invite: { display_name: 'Bob', signed } },
  };
}

describe('EDUs', () => {
  it('say who types, as long as they are in the room', async () => {
    const room = await enter();
    const edu = { edu_type: 'm.typing', content: { room_id: room.roomId, user_id: room.userId, typing: true } };
    const other = remote.user('stranger');
    const { next_batch: since } = await alice.sync();
    await send([], [{ ...edu, content: { ...edu.content, user_id: other } }, edu]);
    await expect
      .poll(async () => JSON.stringify(await alice.sync({ since: String(since) })), { timeout: 10_000 })
      .toContain(`"user_ids":["${room.userId}"]`);
  });

  it('say how far users have read', async () => {
    const room = await enter();
    const eventId = await alice.send(room.roomId, 'read me');
    const receipt = { [room.userId]: { event_ids: [eventId], data: { ts: 1_234 } } };
    await send([], [{ edu_type: 'm.receipt', content: { [room.roomId]: { 'm.read': receipt }, '!no:localhost': {} } }]);
    const { rooms } = (await alice.sync()) as { rooms: { join: Record<string, { ephemeral: { events: Json[] } }> } };
    const events = rooms.join[room.roomId]?.ephemeral.events;
    expect(events).toContainEqual({
      type: 'm.receipt',
      content: { [eventId]: { 'm.read': { [room.userId]: { ts: 1_234 } } } },
    });
  });

  it('say how far users have read, of events too that come with them or later', async () => {
    const [roomId, reader] = [await alice.createRoom({ preset: 'public_chat' }), remote.user(uniqueName('reader'))];
    await remote.join(roomId, reader);
    const room = await remote.join(roomId, remote.user(uniqueName('bob')));
    const [now, later] = [room.say('now'), room.say('later')];
    const edu = (eventId: string, threadId?: string): JsonObject => {
      const data = { ts: 1_234, ...(threadId !== undefined && { thread_id: threadId }) };
      const receipt = { [reader]: { event_ids: [eventId], data } };
      return { edu_type: 'm.receipt', content: { [roomId]: { 'm.read': receipt } } };
    };
    await send([now.pdu], [edu(now.eventId), edu(later.eventId, 'main')]);
    await send([later.pdu]);
    const read = async (): Promise<string[]> => {
      const { rooms } = (await alice.sync()) as { rooms: { join: Record<string, { ephemeral: { events: Json[] } }> } };
      const events = rooms.join[roomId]?.ephemeral.events ?? [];
      const receipts = events.filter(({ type }) => type === 'm.receipt');
      return receipts.flatMap(({ content }) => Object.keys(content as Json)).toSorted();
    };
    await expect.poll(read, { timeout: 20_000 }).toEqual([now.eventId, later.eventId].toSorted());
  });

  it('bring messages to devices, each once', async () => {
    const content = {
      sender: remote.user('bob'),
      type: 'm.test',
      message_id: uniqueName('message'),
      messages: { [alice.userId]: { '*': { body: 'hello' } }, '@nobody:localhost': { '*': {} } },
    };
    const edu = { edu_type: 'm.direct_to_device', content };
    const { next_batch: since } = await alice.sync();
    const long = { ...content, message_id: randomBytes(4_000).toString('hex') };
    await send([], [edu, { ...edu, content: { ...content, sender: alice.userId, message_id: 'forged' } }]);
    await send([], [{ ...edu, content: long }]);
    await send([], [edu]);
    const { to_device: toDevice } = (await alice.sync({ since: String(since) })) as { to_device: { events: Json[] } };
    expect(toDevice.events).toEqual([{ type: 'm.test', sender: remote.user('bob'), content: { body: 'hello' } }]);
  });
});
