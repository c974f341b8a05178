import { checkReceivedPdu } from '@plexus/room-dag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteHomeserver } from './remote-homeserver.ts';
import { RemoteRoom } from './remote-room.ts';
import { completeTemplate } from './sign-pdu.ts';

let server: RemoteHomeserver;

beforeAll(async () => {
  server = await RemoteHomeserver.start();
});
afterAll(() => server.stop());

describe.each(['1', '3', '6', '10', '12'])('RemoteRoom of version %s', (version) => {
  it('has events that pass the checks of a received PDU', () => {
    const room = new RemoteRoom(server, { version });
    room.say('hello');
    const findKey = (serverName: string, keyId: string) =>
      serverName === server.name && keyId === server.key.keyId
        ? { publicKey: server.key.publicKey, validUntilTs: Date.now() + 1_000 }
        : undefined;
    for (const { pdu, eventId } of room.events)
      expect(checkReceivedPdu(pdu, room.rules, findKey)).toMatchObject({ outcome: 'ok', event: { eventId } });
  });

  it('knows the state before an event and the events that authorize it', () => {
    const room = new RemoteRoom(server, { version });
    const first = room.say('one');
    const topic = room.append({ type: 'm.room.topic', stateKey: '', content: { topic: 't' } });
    room.say('two');
    expect(room.state(first.eventId).map(({ type }) => type)).not.toContain('m.room.topic');
    expect(room.stateEvent('m.room.topic')).toBe(topic);
    const chain = room.authChain([topic]).map(({ type }) => type);
    expect(chain).toContain('m.room.power_levels');
    expect(chain.includes('m.room.create')).toBe(version !== '12');
  });

  it('goes on, with the state of before, where a user has come into it', () => {
    const room = new RemoteRoom(server, { version });
    const userId = server.user('rita');
    const template = {
      type: 'm.room.member',
      room_id: room.roomId,
      sender: userId,
      state_key: userId,
      content: { membership: 'join' },
      prev_events: room.references(room.extremities),
      auth_events: room.references(room.authEventsOf({ type: 'm.room.member', sender: userId, content: {} })),
      depth: 9,
      origin_server_ts: 1,
    };
    const { event: join } = completeTemplate(server, { room_version: version, event: template });
    const state = room.state();
    const entered = new RemoteRoom(server, { join, state, authChain: room.authChain(state) });
    const said = entered.say('here I am');
    expect(entered.state(join.eventId)).toEqual(state);
    expect(said).toMatchObject({ sender: userId, depth: 10, prevEvents: [join.eventId] });
    expect(said.authEvents).toContain(room.stateEvent('m.room.power_levels')?.eventId);
    expect(said.authEvents).toContain(join.eventId);
    expect(entered.creator).toBe(room.creator);
  });
});

it('keeps what is built on an older event as a line of its own', () => {
  const room = new RemoteRoom(server);
  const before = room.say('before');
  const renamed = room.append({ type: 'm.room.name', stateKey: '', content: { name: 'n' } });
  const fork = room.append({ type: 'm.room.message', content: {}, prevEvents: [before.eventId] });
  expect(room.stateEvent('m.room.name')).toBeUndefined();
  expect(room.extremities).toEqual([fork.eventId]);
  expect(fork.depth).toBe(renamed.depth);
});

it('builds on what nobody has seen as if that followed its newest event', () => {
  const room = new RemoteRoom(server);
  const event = room.build({ type: 'm.room.message', content: {}, prevEvents: [`$${'x'.repeat(43)}`] });
  expect(event.authEvents).toEqual(room.authEventsOf({ type: 'm.room.message', content: {} }));
});
