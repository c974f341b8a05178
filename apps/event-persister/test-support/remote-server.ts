import { SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { authTypesForEvent, buildRoomEvent, decodeStateNode, findRoomVersion, lookupStates } from '@plexus/room-dag';
import type { RoomVersionRules, StateNode } from '@plexus/room-dag';
import type { RoomRecord, StoredEvent } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { rulesOf } from '../src/writing/room-loader.ts';
import type { PostgresRoomOwnerReader } from '@plexus/storage-postgres';
import type { FederationPduRecord, RecordBatch } from '@plexus/topics';
import type { PersisterHarness } from './persister-harness.ts';

export interface RemoteEvent {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** Ids; the room's forward extremities where nothing is given. */
  readonly prevEvents?: readonly string[];
  /** Ids; what the state after the first of `prevEvents` says where nothing is given. */
  readonly authEvents?: readonly string[];
  readonly depth?: number;
}

let sentAt = 2_000_000_000_000;

/** A server that is not hosted here, whose events come over `federation.pdus`. */
export class RemoteServer {
  readonly name = 'remote.example';
  readonly #key = new SigningKey('ed25519:r', Buffer.alloc(32, 99));
  readonly #harness: PersisterHarness;
  readonly #offsets = new Map<number, number>();
  readonly #firstOffset: number;

  /** `firstOffset`: where it goes on in each shard's topic. */
  constructor(harness: PersisterHarness, firstOffset = 0) {
    this.#harness = harness;
    this.#firstOffset = firstOffset;
  }

  /** A record of an event, as the federation's entrance would append it. */
  async build(roomId: string, remote: RemoteEvent): Promise<FederationPduRecord> {
    const room = await this.#room(roomId);
    const rules = findRoomVersion(room.roomVersion);
    if (rules === undefined) throw new Error('no such version');
    const prevEvents = remote.prevEvents ?? (await this.#extremities(room));
    const [first = ''] = prevEvents;
    const authEvents = remote.authEvents ?? (await this.#authEventsAfter(room, first, remote));
    const depth = remote.depth ?? room.depth + 1;
    return this.buildAlone(roomId, { ...remote, prevEvents, authEvents, depth }, rules);
  }

  /** A record of an event of a room that need not be stored here; it names its predecessors itself. */
  buildAlone(
    roomId: string,
    remote: RemoteEvent & Required<Pick<RemoteEvent, 'prevEvents' | 'authEvents'>>,
    rules: RoomVersionRules = rulesOf('11'),
  ): FederationPduRecord {
    sentAt += 1;
    const built = buildRoomEvent(
      {
        ...remote,
        roomId,
        depth: remote.depth ?? 1,
        originServerTs: sentAt,
      },
      rules,
      [{ serverName: this.name, key: this.#key }],
    );
    if (built.outcome !== 'ok') throw new Error(built.because);
    return {
      roomId,
      roomVersion: rules.version,
      eventId: built.event.eventId,
      origin: this.name,
      destination: 'one.example',
      json: built.bytes,
      contentHashMismatch: false,
      receivedAt: sentAt,
    };
  }

  /** Builds an event and sends it; resolves when it has had its effect. */
  async send(roomId: string, remote: RemoteEvent): Promise<string> {
    const record = await this.build(roomId, remote);
    await this.deliver([record]);
    return record.eventId;
  }

  /** Appends records to the topic, one after the other; resolves when each has had its effect. */
  async deliver(records: readonly FederationPduRecord[]): Promise<void> {
    const before = this.#harness.observer.receipts.length;
    for (const record of records) await this.append(record);
    await this.#harness.observer.received(before + records.length);
  }

  /** Appends a record without waiting for its effect. */
  async append(record: FederationPduRecord, offset?: number, ofShard?: number): Promise<void> {
    const shard = ofShard ?? (await this.#room(record.roomId)).shard;
    const next = offset ?? this.#offsets.get(shard) ?? this.#firstOffset;
    this.#offsets.set(shard, next + 1);
    await this.#harness.persister.pdus.handle(batchOf(shard, next, record));
  }

  async #room(roomId: string): Promise<RoomRecord> {
    const room = await this.#harness.rooms.findRoom(roomId);
    if (room === undefined) throw new StorageError('no such room');
    return room;
  }

  async #extremities(room: RoomRecord): Promise<string[]> {
    const events = await this.#harness.rooms.findEvents(room.shard, room.forwardExtremities);
    return [...events.values()].map(({ eventId }) => eventId);
  }

  async #authEventsAfter(room: RoomRecord, eventId: string, remote: RemoteEvent): Promise<string[]> {
    const found = await this.#harness.rooms.findEventsById(room.shard, room.roomNid, [eventId]);
    const root = found.get(eventId)?.stateAfter;
    const rules = findRoomVersion(room.roomVersion);
    if (root === undefined || rules === undefined) throw new Error(`${eventId} has no state`);
    const keys = authTypesForEvent({ ...remote, stateKey: remote.stateKey, rules });
    return (await readState(this.#harness.rooms, room, { root, keys }))
      .filter((event) => event !== undefined)
      .map((event) => event.eventId);
  }
}

/** The events that stand for some keys in a stored state. */
export async function readState(
  rooms: PostgresRoomOwnerReader,
  room: Pick<RoomRecord, 'shard' | 'roomNid'>,
  { root, keys }: { readonly root: number; readonly keys: readonly { type: string; stateKey: string }[] },
): Promise<(StoredEvent | undefined)[]> {
  const nodes = new Map<number, StateNode>();
  for (;;) {
    const found = lookupStates(root, keys, { find: (nodeNid) => nodes.get(nodeNid) });
    if (found.outcome === 'missing') {
      const loaded = await rooms.findStateNodes(room.shard, room.roomNid, found.nodeIds);
      if (loaded.size === 0) throw new Error(`nodes ${found.nodeIds.join(', ')} are not stored`);
      for (const [nodeNid, body] of loaded) nodes.set(nodeNid, decodeStateNode(body));
      continue;
    }
    const wanted = found.eventNids.filter((eventNid) => eventNid !== undefined);
    const events = await rooms.findEvents(room.shard, wanted);
    return found.eventNids.map((eventNid) => (eventNid === undefined ? undefined : events.get(eventNid)));
  }
}

export function batchOf(
  partition: number,
  offset: number,
  value: FederationPduRecord,
): RecordBatch<FederationPduRecord> {
  const record = { partition, offset, key: value.roomId, value, headers: {}, appendedAt: 0, byteLength: 1_000 };
  return {
    partition,
    incarnation: 'topic-1',
    records: [record],
    signal: new AbortController().signal,
    done: () => undefined,
  };
}
