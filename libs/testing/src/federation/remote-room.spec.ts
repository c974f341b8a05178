import { checkReceivedPdu } from '@plexus/room-dag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteHomeserver } from './remote-homeserver.ts';
import { RemoteRoom } from './remote-room.ts';

let server: RemoteHomeserver;

beforeAll(async () => {
  server = await RemoteHomeserver.start();
});
afterAll(() => server.stop());

describe.each(['3', '6', '10', '12'])('RemoteRoom of version %s', (version) => {
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
    const topic = room.append({ type: 'm.room.topic', sender: room.creator, stateKey: '', content: { topic: 't' } });
    room.say('two');
    expect(room.state(first.eventId).map(({ type }) => type)).not.toContain('m.room.topic');
    expect(room.stateEvent('m.room.topic')).toBe(topic);
    const chain = room.authChain([topic]).map(({ type }) => type);
    expect(chain).toContain('m.room.power_levels');
    expect(chain.includes('m.room.create')).toBe(version !== '12');
  });
});

it('keeps what is built on an older event as a line of its own', () => {
  const room = new RemoteRoom(server);
  const before = room.say('before');
  const renamed = room.append({ type: 'm.room.name', sender: room.creator, stateKey: '', content: { name: 'n' } });
  const fork = room.append({ type: 'm.room.message', sender: room.creator, content: {}, prevEvents: [before.eventId] });
  expect(room.stateEvent('m.room.name')).toBeUndefined();
  expect(room.extremities).toEqual([fork.eventId]);
  expect(fork.depth).toBe(renamed.depth);
});
