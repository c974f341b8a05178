import type { JsonObject } from '@plexus/matrix-base';
import { parseRoomEvent, redactEvent } from '@plexus/room-dag';
import type { RoomCommand } from '@plexus/rpc';
import { decodeErasedEvents, decodePurgedEvents } from '@plexus/storage';
import type { StoredEvent } from '@plexus/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage, nextCommandId } from '../../test-support/commands.ts';
import { JoinedCopy } from '../../test-support/joined-copy.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';

let test: TestDatabase;
let harness: PersisterHarness;
beforeEach(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
});
afterEach(async () => {
  await harness.stop();
  await test.drop();
});

function eraseCommand(roomId: string, userId: string, eventIds: string[]): RoomCommand {
  const command = { $case: 'eraseEvents' as const, value: { userId, eventIds } };
  return { ...buildMessage(roomId, ALICE, ''), commandId: nextCommandId(), command };
}

async function store(command: RoomCommand): Promise<string> {
  const [eventId = ''] = await harness.store(command);
  return eventId;
}

describe('what a user said in a room that they have left', () => {
  let roomId: string;
  beforeEach(async () => {
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    ({ roomId } = made);
    await harness.store(made.command);
    await harness.store(member('join', { displayname: 'Bobby' }));
  });

  function member(membership: string, content: JsonObject = {}): RoomCommand {
    return buildMembership(roomId, { sender: BOB, membership, content });
  }

  async function find(eventId: string): Promise<StoredEvent | undefined> {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no room');
    return (await harness.rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
  }

  async function contentOf(eventId: string): Promise<unknown> {
    const stored = await find(eventId);
    return stored && (JSON.parse(stored.json.toString()) as { content: unknown }).content;
  }

  it('is stored redacted, and nothing of others is', async () => {
    const said = await store(buildMessage(roomId, BOB, 'secret'));
    const others = await store(buildMessage(roomId, ALICE, 'not his'));
    await store(member('leave'));
    const before = await find(said);
    await harness.store(eraseCommand(roomId, BOB, [said, others]));
    expect(await contentOf(said)).toEqual({});
    expect(await contentOf(others)).toMatchObject({ body: 'not his' });
    const { eventNid, streamPosition, topologicalPosition, status } = before ?? {};
    expect(await find(said)).toMatchObject({ eventNid, streamPosition, topologicalPosition, status });
    const { rows } = await test.database.query('select room_id, user_id from erased_senders');
    expect(rows).toEqual([{ room_id: roomId, user_id: BOB }]);
    await store(buildMessage(roomId, ALICE, 'on'));
  });

  it('is told to those who follow the log, once', async () => {
    const said = await store(buildMessage(roomId, BOB, 'secret'));
    for (let times = 0; times < 2; times += 1) await harness.execute(eraseCommand(roomId, BOB, [said]));
    const { rows } = await test.database.query<{ body: Buffer }>(
      'select body from room_log where kind = 4 and room_nid > 0',
    );
    const eventNid = (await find(said))?.eventNid;
    expect(rows.map(({ body }) => decodeErasedEvents(body))).toEqual([[eventNid]]);
    expect(rows.map(({ body }) => decodePurgedEvents(body))).toEqual([[]]);
  });

  it('leaves the search index, and its relations end', async () => {
    const relation = { rel_type: 'm.thread', event_id: await store(buildMessage(roomId, ALICE, 'root')) };
    const command = buildMessage(roomId, BOB, 'secret');
    if (command.command?.$case !== 'sendEvent') throw new Error('no event');
    const event = command.command.value.event;
    if (event === undefined) throw new Error('no event');
    const content = { body: 'secret', msgtype: 'm.text', 'm.relates_to': relation };
    const related = { ...event, content: Buffer.from(JSON.stringify(content)) };
    const said = await store({ ...command, command: { $case: 'sendEvent', value: { event: related } } });
    const stored = await find(said);
    await test.database.query(
      `insert into event_search (shard, event_nid, room_nid, sender, key, origin_server_ts, vector)
       select shard, event_nid, room_nid, '', 0, 0, to_tsvector('secret') from events where event_nid = $1 and shard = $2`,
      [stored?.eventNid, stored?.shard],
    );
    await harness.store(eraseCommand(roomId, BOB, [said]));
    expect((await test.database.query('select 1 from event_search')).rows).toEqual([]);
    expect((await test.database.query('select 1 from event_relations')).rows).toEqual([]);
  });

  it('takes the names out of memberships, and leaves the room its state', async () => {
    const left = await store(member('leave', { displayname: 'Bobby', reason: 'tired' }));
    await harness.store(eraseCommand(roomId, BOB, [left]));
    expect(await contentOf(left)).toEqual({ membership: 'leave' });
    await store(member('join'));
    const again = await store(buildMessage(roomId, BOB, 'back again'));
    expect(await contentOf(again)).toMatchObject({ body: 'back again' });
  });
});

describe('a copy that another server sends later', () => {
  let remote: RemoteServer;
  let room: RemoteRoom;
  let copy: JoinedCopy;
  beforeEach(async () => {
    remote = new RemoteServer(harness);
    room = new RemoteRoom({ creator: RHEA });
    copy = new JoinedCopy(test, harness, room);
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    const state = room.state();
    await copy.join({ join: room.member(ALICE, 'join', { serverName: 'one.example', key }), state });
  });

  async function stored({ event }: MadeEvent): Promise<StoredEvent | undefined> {
    return (await copy.find([event.eventId])).get(event.eventId);
  }

  it('does not bring back what was erased', async () => {
    const said = room.say(RHEA, 'secret');
    await remote.deliver([copy.recordOf(said)]);
    await harness.store(eraseCommand(room.roomId, RHEA, [said.event.eventId]));
    await remote.deliver([copy.recordOf(said)]);
    expect((await stored(said))?.json).toEqual(redactEvent(said.event).bytes);
  });

  it('is stored redacted where the event is not here, among what is cited too, and by an owner that begins anew', async () => {
    const said = room.say(RHEA, 'on');
    await remote.deliver([copy.recordOf(said)]);
    await harness.store(eraseCommand(room.roomId, RHEA, []));
    const [late, cited, last] = ['secret', 'secret too', 'secret at last'].map((body) => beside(said, body));
    if (late === undefined || cited === undefined || last === undefined) throw new Error('nothing was made');
    const later = room.say(RHEA, 'later than that');
    await copy.give([cited]);
    expect((await stored(cited))?.json).toEqual(redactEvent(cited.event).bytes);
    await remote.deliver([copy.recordOf(late), copy.recordOf(later), copy.recordOf(cited)]);
    expect((await stored(late))?.json).toEqual(redactEvent(late.event).bytes);
    expect((await stored(later))?.json).toEqual(later.bytes);
    expect((await stored(cited))?.json).toEqual(redactEvent(cited.event).bytes);
    expect((await stored(cited))?.topologicalPosition).toBeDefined();
    await harness.stop();
    harness = await startPersister(test);
    copy.harness = harness;
    await copy.give([last]);
    expect((await stored(last))?.json).toEqual(redactEvent(last.event).bytes);
  });

  /** Another event after what this one follows. */
  function beside({ event }: MadeEvent, body: string): MadeEvent {
    const { prevEvents, authEvents, depth, rules } = event;
    const cites = { prevEvents: [...prevEvents], authEvents: [...authEvents], depth };
    const content = { body, msgtype: 'm.text' };
    const record = remote.buildAlone(room.roomId, { type: 'm.room.message', sender: RHEA, content, ...cites }, rules);
    return { event: parseRoomEvent(record.json, record.eventId, rules), bytes: record.json };
  }

  it('does not take the place of a redacted copy whose sender is erased', async () => {
    const said = room.say(RHEA, 'secret');
    const redacted = { ...redactEvent(said.event), isRedactedCopy: true };
    await remote.deliver([copy.recordOf(redacted)]);
    await harness.store(eraseCommand(room.roomId, RHEA, [said.event.eventId]));
    await remote.deliver([copy.recordOf(said)]);
    expect(await stored(said)).toMatchObject({ json: redacted.bytes, isRedactedCopy: false });
  });
});
