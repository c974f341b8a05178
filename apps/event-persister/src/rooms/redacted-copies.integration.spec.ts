import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCanonicalJson } from '@plexus/matrix-base';
import { parseRoomEvent, redactEvent } from '@plexus/room-dag';
import type { StoredEvent } from '@plexus/storage';
import { PostgresRedactedCopies } from '@plexus/storage-postgres';
import { buildMessage } from '../../test-support/commands.ts';
import { JoinedCopy } from '../../test-support/joined-copy.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent, RemoteRoomEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { rulesOf } from '../writing/room-loader.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';

const RHEA = '@rhea:remote.example';

/** An event as it is here where its content did not match its hash. */
function redacted(made: MadeEvent): MadeEvent {
  return { ...redactEvent(made.event), isRedactedCopy: true };
}

/** The event with a content that is not its own. */
function tampered({ event }: MadeEvent): MadeEvent {
  const pdu = { ...event.pdu, content: { body: 'not this', msgtype: 'm.text' } };
  const bytes = Buffer.from(encodeCanonicalJson(pdu, 'any'));
  return { event: parseRoomEvent(bytes, event.eventId, event.rules), bytes };
}

function answer(to: MadeEvent): RemoteRoomEvent {
  const relation = { rel_type: 'm.thread', event_id: to.event.eventId };
  const content = { body: 'yes', msgtype: 'm.text', 'm.relates_to': relation };
  return { type: 'm.room.message', sender: RHEA, content };
}

describe('events without their content', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  let room: RemoteRoom;
  let copy: JoinedCopy;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
    room = new RemoteRoom({ creator: RHEA });
    copy = new JoinedCopy(test, harness, room);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  /** With these events in its state as they are given. */
  async function join(state = room.state()): Promise<MadeEvent> {
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    const made = room.member(ALICE, 'join', { serverName: 'one.example', key });
    await copy.join({ join: made, state });
    return made;
  }

  async function stored({ event }: MadeEvent): Promise<StoredEvent | undefined> {
    return (await copy.find([event.eventId])).get(event.eventId);
  }

  async function isTakenAsStored({ event }: MadeEvent): Promise<boolean | undefined> {
    const { shard, roomNid } = await copy.record();
    return (await harness.rooms.areStored([{ shard, roomNid, eventId: event.eventId }]))[0];
  }

  async function listed(): Promise<string[]> {
    const copies = await new PostgresRedactedCopies(test.database).listRedactedCopies({ limit: 10 });
    expect(copies.every(({ roomId }) => roomId === room.roomId)).toBe(true);
    return copies.map(({ eventId }) => eventId);
  }

  /** What was noted up to now, and what before the first of it. */
  async function noted(): Promise<string[][]> {
    const copies = new PostgresRedactedCopies(test.database);
    const [first] = await copies.listRedactedCopies({ limit: 1 });
    const at = first?.notedAt ?? 0;
    const all = await copies.listNotedCopies({ after: at - 1, until: at + 1, limit: 10 });
    const before = await copies.listNotedCopies({ after: 0, until: at - 1, limit: 10 });
    return [all, before].map((found) => found.map(({ eventId }) => eventId));
  }

  it('are marked, and replaced by the whole event alone', async () => {
    const joined = await join();
    const said = room.add(answer(joined));
    const after = room.say(RHEA, 'and more');
    await remote.deliver([copy.recordOf(redacted(said)), copy.recordOf(after)]);
    expect(await stored(said)).toMatchObject({ isRedactedCopy: true, status: 'accepted', json: redacted(said).bytes });
    expect([await isTakenAsStored(said), await isTakenAsStored(after)]).toEqual([false, true]);
    expect(await listed()).toEqual([said.event.eventId]);
    expect(await noted()).toEqual([[said.event.eventId], []]);

    await remote.deliver([copy.recordOf(redacted(said)), copy.recordOf(tampered(said))]);
    expect(await stored(said)).toMatchObject({ isRedactedCopy: true, json: redacted(said).bytes });
    const before = await stored(said);
    await remote.deliver([copy.recordOf(said)]);
    const { stateBefore, topologicalPosition, streamPosition } = before ?? {};
    const same = { stateBefore, topologicalPosition, streamPosition, status: 'accepted' };
    expect(await stored(said)).toMatchObject({ ...same, isRedactedCopy: false, json: said.bytes });
    expect([await isTakenAsStored(said), await listed()]).toEqual([true, []]);
    const { rows } = await test.database.query('select parent_event_id from event_relations');
    expect(rows).toEqual([{ parent_event_id: joined.event.eventId }]);
    expect(await remoteOutcomes()).toEqual(['stored', 'stored', 'duplicate', 'duplicate', 'stored']);
    await copy.harness.store(buildMessage(room.roomId, ALICE, 'on'));
  });

  async function remoteOutcomes(): Promise<string[]> {
    return harness.observer.receipts.map(({ received }) => received.outcome);
  }

  it('are marked and replaced in states, and among what is cited', async () => {
    const topic = room.add({ type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: 'ours' } });
    await join(room.state().map((made) => (made === topic ? redacted(made) : made)));
    expect(await stored(topic)).toMatchObject({ isRedactedCopy: true, topologicalPosition: undefined });
    await copy.give([redacted(topic)]);
    expect(await listed()).toEqual([topic.event.eventId]);
    await copy.give([topic]);
    expect(await stored(topic)).toMatchObject({ isRedactedCopy: false, json: topic.bytes });
    expect(await listed()).toEqual([]);
  });

  it('do not take the place of whole ones that were here before', async () => {
    await join();
    const said = room.say(RHEA, 'all of it');
    await copy.give([said]);
    expect(await isTakenAsStored(said)).toBe(false);
    await remote.deliver([copy.recordOf(redacted(said))]);
    expect(await stored(said)).toMatchObject({ isRedactedCopy: false, json: said.bytes });
    expect((await stored(said))?.topologicalPosition).toBeDefined();
  });

  it('get it when a whole one is given a place, and lose their mark when they go', async () => {
    await join();
    const said = room.say(RHEA, 'all of it');
    const lost = room.say(RHEA, 'without');
    await copy.give([redacted(said)]);
    await remote.deliver([copy.recordOf(said), copy.recordOf(redacted(lost))]);
    expect(await stored(said)).toMatchObject({ isRedactedCopy: false, json: said.bytes });
    expect(await listed()).toEqual([lost.event.eventId]);
    await test.database.query('delete from events where event_id = $1', [lost.event.eventId]);
    const { rows } = await test.database.query('select event_nid from redacted_copies');
    expect(rows).toEqual([]);
  });

  it('are not looked for where a redaction explains them', async () => {
    const joined = await join();
    const said = room.say(RHEA, 'a slip');
    const redaction = remote.buildAlone(
      room.roomId,
      {
        type: 'm.room.redaction',
        sender: RHEA,
        content: { redacts: said.event.eventId },
        prevEvents: [said.event.eventId],
        authEvents: [...said.event.authEvents],
        depth: joined.event.depth + 2,
      },
      rulesOf(room.version),
    );
    await remote.deliver([copy.recordOf(redacted(said)), redaction]);
    expect(await stored(said)).toMatchObject({ isRedactedCopy: true, redactedBy: [redaction.eventId] });
    expect(await listed()).toEqual([]);
  });
});
