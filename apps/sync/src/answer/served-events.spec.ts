import { beforeEach, describe, expect, it } from 'vitest';
import { RoomScript, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

const [alice, bob, carol] = ['@alice:a.example', '@bob:b.example', '@carol:a.example'] as const;

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
});

async function syncedAlice(): Promise<string> {
  room.create(alice);
  return (await harness.sync(alice)).next_batch;
}

const joined = (body: SyncBody, roomId = room.roomId) => body.rooms?.join?.[roomId];
const topicOf = (body: SyncBody) => joined(body)?.state?.events.find(({ type }) => type === 'm.room.topic')?.content;

describe('what an event looks like', () => {
  it('names the transaction to the sending device only', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one', { transactionId: 'txn', senderDeviceId: 'PHONE' });
    const unsignedFor = async (deviceId: string) =>
      joined(await harness.sync(alice, { since, deviceId }))?.timeline.events[0]?.unsigned;
    expect(await unsignedFor('PHONE')).toMatchObject({ transaction_id: 'txn', membership: 'join' });
    expect(await unsignedFor('OTHER')).not.toHaveProperty('transaction_id');
    harness.clock.time = 5000;
    expect((await unsignedFor('THIRD'))?.['age']).toBe(5000 - 1004);
  });

  it('is redacted as soon as its redaction is in the log', async () => {
    const since = await syncedAlice();
    const said = room.say(alice, 'secret');
    await harness.sync(alice, { since });
    room.redact(alice, said);
    const events = joined(await harness.sync(alice, { since, deviceId: 'OTHER' }))?.timeline.events ?? [];
    expect(events[0]?.content).toEqual({});
    expect(events[0]?.unsigned?.['redacted_because']).toMatchObject({ type: 'm.room.redaction', sender: alice });
    expect(events[1]?.type).toBe('m.room.redaction');
  });

  it('of room state is redacted too, even after it was served', async () => {
    room.create(alice);
    const topic = room.state('m.room.topic', { topic: 'secret' });
    for (let index = 0; index < 12; index += 1) room.say(alice, `m${index}`);
    const fresh = await SyncHarness.started({ rooms: harness.rooms });
    expect(topicOf(await fresh.sync(alice))).toEqual({ topic: 'secret' });
    fresh.arrive(room.redact(alice, topic));
    expect(topicOf(await fresh.sync(alice))).toEqual({});
  });

  it('has nothing that was erased, and keeps its place', async () => {
    const since = await syncedAlice();
    const said = room.say(alice, 'secret');
    room.say(alice, 'stays');
    await harness.sync(alice, { since });
    harness.arrive(harness.rooms.erase(room.roomId, [said]));
    for (const deviceId of ['DEVICE', 'OTHER']) {
      const events = joined(await harness.sync(alice, { since, deviceId }))?.timeline.events ?? [];
      expect(events.map(({ content }) => content)).toEqual([{}, { body: 'stays' }]);
    }
  });

  it('of room state has nothing that was erased, even after it was served', async () => {
    room.create(alice);
    const topic = room.state('m.room.topic', { topic: 'secret' });
    for (let index = 0; index < 12; index += 1) room.say(alice, `m${index}`);
    const fresh = await SyncHarness.started({ rooms: harness.rooms });
    expect(topicOf(await fresh.sync(alice))).toEqual({ topic: 'secret' });
    fresh.arrive(harness.rooms.erase(room.roomId, [topic]));
    expect(topicOf(await fresh.sync(alice))).toEqual({});
  });

  it('leaves out a redaction without effect', async () => {
    room.create(alice);
    room.member(bob, 'join');
    const { next_batch: since } = await harness.sync(alice);
    const said = room.say(alice, 'stays');
    room.redact(bob, said);
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['stays']);
  });

  it('names the state that it replaced', async () => {
    const since = await syncedAlice();
    const first = room.state('m.room.topic', { topic: 'one' });
    room.state('m.room.topic', { topic: 'two' });
    const events = joined(await harness.sync(alice, { since }))?.timeline.events;
    expect(events?.[1]?.unsigned).toMatchObject({
      prev_content: { topic: 'one' },
      replaces_state: first.event?.eventId,
    });
  });

  it('follows event_fields and event_format', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    const picked = await harness.sync(alice, { since, filter: { event_fields: ['content.body', 'type'] } });
    expect(joined(picked)?.timeline.events).toEqual([{ content: { body: 'one' }, type: 'm.room.message' }]);
    const raw = await harness.sync(alice, { since, filter: { event_format: 'federation' } });
    expect(joined(raw)?.timeline.events[0]).toHaveProperty('hashes');
  });
});

describe('filters', () => {
  it.each([
    [{ room: { rooms: [] } }, undefined],
    [{ room: { not_rooms: ['!room:a.example'] } }, undefined],
    [{ room: { timeline: { not_senders: [bob] } } }, ['one', 'topic']],
    [{ room: { timeline: { types: ['m.room.mess*'] } } }, ['one', 'two']],
    [{ room: { timeline: { not_types: ['*topic'], senders: [alice] } } }, ['one']],
    [{ room: { timeline: { contains_url: true } } }, ['two']],
    [{ room: { timeline: { limit: 1 } } }, ['two']],
    [{ room: { timeline: { rooms: ['!other:a.example'] } } }, []],
  ])('%j', async (filter, expected) => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    room.state('m.room.topic', { topic: 'x' });
    room.say(bob, 'two', { content: { body: 'two', url: 'mxc://a/b' } });
    expect(textsOf(joined(await harness.sync(alice, { since, filter })))).toEqual(expected);
  });

  it('give no events but a place where the limit is 0', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    const body = joined(
      await harness.sync(alice, { since, filter: { room: { timeline: { limit: 0 } } }, fullState: true }),
    );
    expect(body?.timeline).toMatchObject({ events: [], limited: true, prev_batch: expect.stringMatching(/^t/) });
  });
});

describe('an erased user', () => {
  it('is redacted for those who come later, and not for those who were there', async () => {
    room.create(alice);
    room.say(alice, 'old', { content: { body: 'old', 'm.relates_to': { rel_type: 'm.reference', event_id: '$x' } } });
    room.state('m.room.name', { name: 'Room' });
    harness.erased.add(alice);
    room.member(carol, 'join');
    room.say(alice, 'new');
    const told = async (userId: string): Promise<unknown> => {
      const events = joined(await harness.sync(userId))?.timeline.events ?? [];
      return events.flatMap(({ type, content }) =>
        type === 'm.room.message' || type === 'm.room.name' ? [content['body'] ?? content['name'] ?? 'erased'] : [],
      );
    };
    expect(await told(alice)).toEqual(['old', 'Room', 'new']);
    expect(await told(carol)).toEqual(['erased', 'Room', 'new']);
    const fields = joined(await harness.sync(carol, { filter: { event_format: 'federation' } }))?.timeline.events;
    expect(fields?.find(({ type }) => type === 'm.room.message')?.content).toEqual({});
  });
});
