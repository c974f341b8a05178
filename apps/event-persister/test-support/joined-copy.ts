import type { RoomRecord, StoredEvent } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { PostgresStagedEvents } from '@plexus/storage-postgres';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { buildImportRoom, buildStoreHistory, nextCommandId, ROOM_SHARDS } from './commands.ts';
import type { PersisterHarness } from './persister-harness.ts';
import type { MadeEvent, RemoteRoom } from './remote-room.ts';
import { stage } from './remote-room.ts';
import { readState } from './remote-server.ts';

/** What a server that lets a user in gives of a room. */
export interface JoinAnswer {
  readonly join: MadeEvent;
  readonly state: readonly MadeEvent[];
  readonly auth?: readonly MadeEvent[];
  /** The servers in the room, where members are omitted. */
  readonly partialAmong?: readonly string[];
}

/** A room of another server as it is stored by one deployment that has joined it. */
export class JoinedCopy {
  readonly #test: TestDatabase;
  readonly #room: RemoteRoom;
  harness: PersisterHarness;

  constructor(test: TestDatabase, harness: PersisterHarness, room: RemoteRoom) {
    this.#test = test;
    this.#room = room;
    this.harness = harness;
  }

  async join({ join, state, auth = [], partialAmong }: JoinAnswer): Promise<void> {
    const importId = nextCommandId();
    await this.#stage(importId, [
      ['auth', auth],
      ['state', state],
      ['timeline', [join]],
    ]);
    const { roomId, version: roomVersion } = this.#room;
    const wish = { importId, roomVersion, partial: partialAmong !== undefined, serversInRoom: partialAmong ?? [] };
    await this.harness.store(buildImportRoom(roomId, wish));
  }

  /** Stores events that others cite. */
  async give(cited: readonly MadeEvent[]): Promise<void> {
    const importId = nextCommandId();
    await this.#stage(importId, [['auth', cited]]);
    const { roomId, version: roomVersion } = this.#room;
    await this.harness.store(buildStoreHistory(roomId, { importId, roomVersion }));
  }

  async record(): Promise<RoomRecord> {
    const stored = await this.harness.rooms.findRoom(this.#room.roomId);
    if (stored === undefined) throw new Error('no such room');
    return stored;
  }

  async find(eventIds: readonly string[]): Promise<Map<string, StoredEvent>> {
    const { shard, roomNid } = await this.record();
    return this.harness.rooms.findEventsById(shard, roomNid, eventIds);
  }

  /** As another server's transaction brings the event. */
  recordOf({ event, bytes, isRedactedCopy = false }: MadeEvent): FederationPduRecord {
    return {
      roomId: this.#room.roomId,
      roomVersion: this.#room.version,
      eventId: event.eventId,
      origin: 'remote.example',
      destination: 'one.example',
      json: bytes,
      contentHashMismatch: isRedactedCopy,
      receivedAt: 0,
    };
  }

  async statuses(records: readonly Pick<FederationPduRecord, 'eventId'>[]): Promise<(string | undefined)[]> {
    const ids = records.map(({ eventId }) => eventId);
    const found = await this.find(ids);
    return ids.map((eventId) => found.get(eventId)?.status);
  }

  async extremities(): Promise<string[]> {
    const { shard, forwardExtremities } = await this.record();
    const events = await this.harness.rooms.findEvents(shard, forwardExtremities);
    return [...events.values()].map(({ eventId }) => eventId).sort();
  }

  /** Ids of the events that stand for some keys in the current state, or in another one. */
  async state(
    keys: readonly { readonly type: string; readonly stateKey: string }[],
    root?: number,
  ): Promise<(string | undefined)[]> {
    const record = await this.record();
    const events = await readState(this.harness.rooms, record, { root: root ?? record.currentRoot, keys });
    return events.map((event) => event?.eventId);
  }

  async #stage(importId: string, parts: Parameters<typeof stage>[0]): Promise<void> {
    const shard = roomShardOf(this.#room.roomId, ROOM_SHARDS);
    await new PostgresStagedEvents(this.#test.database).stageEvents({ shard, importId }, stage(parts));
  }
}
