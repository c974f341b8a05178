import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FederationPduRecord, RoomLogRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const MALLORY = '@mallory:evil.example';

describe('redactions that arrive before what they redact', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  let roomId: string;
  let joinId: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    await restart();
    const { roomId: made, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    roomId = made;
    await harness.store(command);
    const join = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
    joinId = await remote.send(roomId, join);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function restart(offset = 0): Promise<void> {
    harness = await startPersister(test);
    remote = new RemoteServer(harness, offset);
  }

  /** Beside everything else that follows the join. */
  function build(type: string, content: FederationContent, sender = RHEA): Promise<FederationPduRecord> {
    return remote.build(roomId, { type, sender, content, prevEvents: [joinId] });
  }

  async function publishedOf({ eventId }: FederationPduRecord): Promise<RoomLogRecord['event']> {
    return vi.waitFor(() => {
      const record = harness.topic.records.find(({ event }) => event?.eventId === eventId);
      expect(record).toBeDefined();
      return record?.event;
    });
  }

  it.each(['in one process', 'in one unit of work', 'before a restart'])('are told of with it: %s', async (when) => {
    const said = await build('m.room.message', { msgtype: 'm.text', body: 'a secret' });
    const redaction = await build('m.room.redaction', { redacts: said.eventId });
    if (when === 'in one unit of work') {
      const shard = (await harness.rooms.findRoom(roomId))?.shard;
      await Promise.all([remote.append(redaction, 1, shard), remote.append(said, 2, shard)]);
      await harness.observer.received(3);
    } else {
      await remote.deliver([redaction]);
      if (when === 'before a restart') {
        await harness.stop();
        await restart(2);
      }
      await remote.deliver([said]);
    }
    expect(await publishedOf(said)).toMatchObject({ redactedBy: redaction.eventId, json: said.json });
  });

  it('leave it to who follows the log to find out which of several takes effect', async () => {
    const said = await build('m.room.message', { msgtype: 'm.text', body: 'a secret' });
    const redactions = [
      await build('m.room.redaction', { redacts: said.eventId, reason: 'one' }),
      await build('m.room.redaction', { redacts: said.eventId, reason: 'two' }),
    ];
    await remote.deliver([...redactions, said]);
    expect((await publishedOf(said))?.json).toHaveLength(0);
  });

  it.each([
    ['takes no relation away without effect', MALLORY, 1],
    ['takes the relation away with effect', RHEA, 0],
  ])('%s', async (_, sender, relations) => {
    const entered = { type: 'm.room.member', sender: MALLORY, stateKey: MALLORY, content: { membership: 'join' } };
    joinId = await remote.send(roomId, entered);
    const related = { 'm.relates_to': { rel_type: 'm.thread', event_id: joinId }, body: 'a reply' };
    const said = await build('m.room.message', related);
    const redaction = await build('m.room.redaction', { redacts: said.eventId }, sender);
    await remote.deliver([redaction, said]);
    const { shard } = (await harness.rooms.findRoom(roomId)) ?? {};
    const { rows } = await test.database.query('select event_id from event_relations where shard = $1', [shard]);
    expect(rows).toHaveLength(relations);
  });
});

type FederationContent = Parameters<RemoteServer['build']>[1]['content'];
