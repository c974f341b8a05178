import { beforeAll, expect, it } from 'vitest';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { bodiesOf, followEvents, followMessages, syncIntoRoom, syncUntil } from './support/timeline.ts';

inBothModes('two people', (deploy) => {
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    const http = new MatrixHttp(await deploy());
    [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  });

  it('meet in a room, talk, and read the same in the same order', async () => {
    const roomId = await alice.createRoom({ preset: 'private_chat', name: 'Tea', invite: [bob.userId] });
    const invited = await syncUntil(bob, ({ rooms }) => rooms?.invite?.[roomId] !== undefined);
    const stripped = invited.rooms?.invite?.[roomId]?.invite_state.events ?? [];
    expect(stripped.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.member']),
    );
    await bob.join(roomId);
    const [aliceAt, bobAt] = [await syncIntoRoom(alice, roomId), await syncIntoRoom(bob, roomId)];
    const said: string[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      said.push(`turn ${turn}`);
      await (turn % 2 === 0 ? alice : bob).send(roomId, `turn ${turn}`);
    }
    const toAlice = await followMessages(alice, roomId, { since: aliceAt, count: said.length });
    const toBob = await followMessages(bob, roomId, { since: bobAt, count: said.length });
    expect(bodiesOf(toAlice)).toEqual(said);
    expect(toBob.map(({ event_id: id }) => id)).toEqual(toAlice.map(({ event_id: id }) => id));
  });

  it('wait for each other: a long poll ends when the other speaks', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const since = await syncIntoRoom(bob, roomId);
    const waiting = followMessages(bob, roomId, { since, count: 1 });
    await alice.send(roomId, 'are you there?');
    expect(bodiesOf(await waiting)).toEqual(['are you there?']);
  });

  it('read the state that the other sets, the newest of each kind and key', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat', topic: 'first' });
    await bob.join(roomId);
    const since = await syncIntoRoom(bob, roomId);
    const second = await alice.setState(roomId, 'm.room.topic', { topic: 'second' });
    await alice.setState(roomId, 'org.example.seat', { seat: 1 }, 'window');
    const events = await followEvents(bob, roomId, { since, count: 2, isMeant: isSet });
    expect(events.map(({ event_id: id, state_key: key }) => [id === second, key])).toEqual([
      [true, ''],
      [false, 'window'],
    ]);
    const state = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state`;
    expect(await bob.ask('GET', `${state}/m.room.topic`)).toEqual({ topic: 'second' });
    expect(await bob.ask('GET', `${state}/org.example.seat/window`)).toEqual({ seat: 1 });
    expect(await bob.call('PUT', `${state}/m.room.topic/`, { topic: 'mine' })).toMatchObject({ status: 403 });
    expect(await bob.call('GET', `${state}/org.example.seat/aisle`)).toMatchObject({
      status: 404,
      body: { errcode: 'M_NOT_FOUND' },
    });
  });

  it('go and come back: who was kicked or left may join again and goes on where the room is', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const kick = (): Promise<unknown> => alice.ask('POST', `${room}/kick`, { user_id: bob.userId, reason: 'asleep' });
    let since: string | undefined;
    for (const [part, sender] of [[kick, alice.userId] as const, [() => bob.leave(roomId), bob.userId] as const]) {
      await bob.join(roomId);
      since = await syncIntoRoom(bob, roomId, { since });
      await part();
      const left = await syncUntil(bob, ({ rooms }) => rooms?.leave?.[roomId] !== undefined, { since });
      since = left.next_batch;
      expect(left.rooms?.leave?.[roomId]?.timeline.events.at(-1)).toMatchObject({
        sender,
        state_key: bob.userId,
        content: { membership: 'leave' },
      });
      expect(await bob.call('PUT', bob.sendPath(roomId, `late ${sender}`), {})).toMatchObject({ status: 403 });
    }
    await bob.join(roomId);
    since = await syncIntoRoom(bob, roomId, { since });
    await alice.send(roomId, 'welcome back');
    expect(bodiesOf(await followMessages(bob, roomId, { since, count: 1 }))).toEqual(['welcome back']);
  });

  it('take back what they said: a redacted event has lost its content wherever it is read', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const eventId = await bob.send(roomId, 'oops');
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const redaction = await bob.ask('PUT', `${room}/redact/${encodeURIComponent(eventId)}/r1`, { reason: 'a slip' });
    const event = await alice.ask('GET', `${room}/event/${encodeURIComponent(eventId)}`);
    expect(event).toMatchObject({
      content: {},
      unsigned: { redacted_because: { event_id: textOf(redaction, 'event_id') } },
    });
    expect(await alice.ask('GET', `${room}/messages?dir=b&limit=2`)).toMatchObject({
      chunk: [{ type: 'm.room.redaction' }, { event_id: eventId, content: {} }],
    });
  });

  it('part: who leaves or is banned sees the leave and nothing after it', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const since = await syncIntoRoom(bob, roomId);
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    await alice.ask('POST', `${room}/ban`, { user_id: bob.userId, reason: 'rude' });
    await alice.send(roomId, 'he is gone');
    const { rooms } = await syncUntil(bob, (answer) => answer.rooms?.leave?.[roomId] !== undefined, { since });
    const left = rooms?.leave?.[roomId]?.timeline.events ?? [];
    expect(left.map(({ content }) => content)).toEqual([
      expect.objectContaining({ membership: 'ban', reason: 'rude' }),
    ]);
    expect(await bob.call('PUT', bob.sendPath(roomId, 'late'), { body: 'wait' })).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN' },
    });
    expect((await bob.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {})).status).toBe(403);
  });
});

function isSet({ type }: SyncedEvent): boolean {
  return type === 'm.room.topic' || type === 'org.example.seat';
}
