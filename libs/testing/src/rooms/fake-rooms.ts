import { EMPTY_ROOT, findRoomVersion, parseRoomEvent, redactEvent } from '@plexus/room-dag';
import type { StateChange } from '@plexus/room-dag';
import { encodeErasedEvents, encodePurgedEvents, roomShardOf } from '@plexus/storage';
import type {
  EventOfRoom,
  GenerationStart,
  Receipt,
  ReceiptQuery,
  ReceiptReader,
  RoomAs,
  RoomLogPositionReader,
  RoomLogRangeQuery,
  RoomLogRow,
  RoomReader,
  RoomNumbers,
  RoomRecord,
  StoredEvent,
  StoredUnread,
  TimelinePageQuery,
  TimelinePlace,
  UnreadReader,
} from '@plexus/storage';
import { LoggedReceipts } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import { pduOf, ROOM_VERSION } from './fake-event.ts';
import type { FakeEvent } from './fake-event.ts';
import { recordOf } from './fake-log-record.ts';
import { FakeReceipts } from './fake-receipts.ts';
import { FakeState } from './fake-state.ts';
import { unreadFacts, unreadOf } from './fake-unread.ts';
import { comparePlaces, placeOf } from './timeline-places.ts';
import { FakeRoomServers } from './fake-room-servers.ts';
import type { FakeRoom } from './fake-room-servers.ts';

/** Rooms in memory: a log, state tries and memberships without any rule. What is appended is committed at once. */
export class FakeRooms
  extends FakeRoomServers
  implements RoomReader, RoomLogPositionReader, ReceiptReader, UnreadReader
{
  readonly shardCount: number;
  readonly rows: RoomLogRow[][];
  generation = 1;
  readonly #rooms = new Map<string, FakeRoom>();
  readonly #events = new Map<number, StoredEvent & { redactedBy: string[] }>();
  readonly #state = new FakeState(() => (this.#nid += 1));
  readonly #receipts = new FakeReceipts();
  #nid = 0;

  constructor(shardCount = 4) {
    super();
    this.shardCount = shardCount;
    this.rows = Array.from({ length: shardCount }, () => []);
  }

  /** Appends an event to its room, which is made by its first event, and returns its row. */
  append(event: FakeEvent): RoomLogRow {
    const room = this.#roomOf(event.roomId);
    const stored = this.#store(event, room);
    const { type, stateKey } = event;
    const changes = stateKey === undefined ? [] : [{ type, stateKey, eventNid: stored.eventNid }];
    return this.#log(room, changes, { event: stored, made: event });
  }

  /** Appends receipts of a user in one row; they are of the room's last event where they name none. */
  appendReceipts(roomId: string, userId: string, receipts: readonly Partial<Receipt>[]): RoomLogRow {
    const room = this.#roomOf(roomId);
    const last = this.rows[room.shard]?.findLast((row) => row.roomNid === room.roomNid && row.event !== undefined);
    const whole = receipts.map((receipt) => ({
      userId,
      receiptType: 'm.read',
      threadId: '',
      eventId: last?.event?.eventId ?? '',
      eventPosition: last?.position ?? 0,
      setAt: 1000,
      ...receipt,
    }));
    const row = this.#log(room, [], { body: Buffer.from(LoggedReceipts.encode({ receipts: whole }).finish()) });
    for (const receipt of whole) this.#receipts.keep({ ...receipt, ...row });
    return row;
  }

  async readUnread(userId: string, rooms: readonly RoomNumbers[]): Promise<StoredUnread[]> {
    await this.called('readUnread');
    return [...this.#rooms.values()]
      .filter(({ shard, roomNid }) => rooms.some((asked) => asked.shard === shard && asked.roomNid === roomNid))
      .map((room) => this.#unreadFacts(userId, room));
  }

  async listReceipts(query: ReceiptQuery): Promise<Receipt[]> {
    await this.called('listReceipts');
    return this.#receipts.list(query);
  }

  /** Changes a room's current state without an event. */
  correctState(roomId: string, changes: readonly StateChange[]): RoomLogRow {
    return this.#log(this.#roomOf(roomId), changes, {});
  }

  /** The room is gone, and comes back under another number as from a backup: its events are history, and a row of the log brings its state. */
  bringBack(roomId: string): RoomLogRow {
    const former = this.#roomOf(roomId);
    this.#rooms.delete(roomId);
    const room = this.#roomOf(roomId);
    for (const event of [...this.#events.values()].filter(({ roomNid }) => roomNid === former.roomNid)) {
      const history = { ...event, roomNid: room.roomNid, streamPosition: undefined, unread: undefined };
      this.#events.set(event.eventNid, history);
    }
    room.topologicalPosition = former.topologicalPosition;
    return this.#log(room, this.#state.listAll(former.currentRoot), {});
  }

  /** Takes events out of their room's timeline, as a purge does. */
  purge(roomId: string, purged: readonly RoomLogRow[]): RoomLogRow {
    const nids = purged.flatMap(({ event }) => (event === undefined ? [] : [event.eventNid]));
    for (const nid of nids) this.#events.delete(nid);
    return this.#log(this.#roomOf(roomId), [], { kind: 'tombstone', body: encodePurgedEvents(nids) });
  }

  /** Puts the redacted form in the place of events, as the erasure of their sender does. */
  erase(roomId: string, erased: readonly RoomLogRow[]): RoomLogRow {
    const rules = findRoomVersion(ROOM_VERSION);
    const nids = erased.flatMap(({ event }) => (event === undefined ? [] : [event.eventNid]));
    for (const nid of nids) {
      const stored = this.#events.get(nid);
      if (stored === undefined || rules === undefined) throw new Error('no such event');
      const { bytes } = redactEvent(parseRoomEvent(stored.json, stored.eventId, rules));
      this.#events.set(nid, { ...stored, json: bytes });
    }
    return this.#log(this.#roomOf(roomId), [], { kind: 'tombstone', body: encodeErasedEvents(nids) });
  }

  recordOf(row: RoomLogRow): RoomLogRecord {
    return recordOf(row, { generation: this.generation, changedState: this.#state.changesOf(row) });
  }

  /** All events of a room, as they are now. */
  eventsOf(roomNid: number): StoredEvent[] {
    return [...this.#events.values()].filter((event) => event.roomNid === roomNid);
  }

  async findRoom(roomId: string): Promise<RoomRecord | undefined> {
    await this.called('findRoom');
    const room = this.#rooms.get(roomId);
    if (room === undefined) return undefined;
    const { shard, roomNid, currentRoot, topologicalPosition, notifyCount, threadNotifyCount } = room;
    return {
      shard,
      roomNid,
      roomId,
      roomVersion: ROOM_VERSION,
      currentRoot,
      forwardExtremities: [],
      depth: topologicalPosition,
      topologicalPosition,
      joinedCount: this.countMembers(roomId, 'join'),
      notifyCount,
      threadNotifyCount,
      invitedCount: this.countMembers(roomId, 'invite'),
      isListed: false,
    };
  }

  async findRoomsAs(serverName: string, roomIds: readonly string[]): Promise<Map<string, RoomAs>> {
    const rooms = await Promise.all(roomIds.map((roomId) => this.findRoom(roomId)));
    const found = rooms.filter((room) => room !== undefined);
    return new Map(
      found.map((room) => [room.roomId, { room, isResident: this.residentServersOf(room.roomNid).has(serverName) }]),
    );
  }

  async findStateNodes(_shard: number, _roomNid: number, nodeNids: readonly number[]): Promise<Map<number, Buffer>> {
    await this.called('findStateNodes');
    return new Map(nodeNids.flatMap((nid) => entryOf(nid, this.#state.node(nid))));
  }

  async findEvents(_shard: number, eventNids: readonly number[]): Promise<Map<number, StoredEvent>> {
    await this.called('findEvents');
    return new Map(eventNids.flatMap((nid) => entryOf(nid, this.#read(nid))));
  }

  async findEventsById(
    _shard: number,
    roomNid: number,
    eventIds: readonly string[],
  ): Promise<Map<string, StoredEvent>> {
    await this.called('findEventsById');
    const found = [...this.#events.values()].filter(
      (event) => event.roomNid === roomNid && eventIds.includes(event.eventId),
    );
    return new Map(found.flatMap((event) => entryOf(event.eventId, this.#read(event.eventNid))));
  }

  async findEventNids(shard: number, roomNid: number, eventIds: readonly string[]): Promise<Map<string, number>> {
    const found = await this.findEventsById(shard, roomNid, eventIds);
    return new Map([...found].map(([eventId, { eventNid }]) => [eventId, eventNid]));
  }

  async areStored(events: readonly EventOfRoom[]): Promise<boolean[]> {
    await this.called('areStored');
    const stored = [...this.#events.values()];
    return events.map(({ roomNid, eventId }) =>
      stored.some((event) => event.roomNid === roomNid && event.eventId === eventId),
    );
  }

  async findRoomsOfEvent(eventId: string): Promise<string[]> {
    await this.called('findRoomsOfEvent');
    const roomNids = [...this.#events.values()]
      .filter((event) => event.eventId === eventId)
      .map((event) => event.roomNid);
    return [...this.#rooms.values()].filter((room) => roomNids.includes(room.roomNid)).map(({ roomId }) => roomId);
  }

  async pageTimeline(query: TimelinePageQuery): Promise<StoredEvent[]> {
    await this.called('pageTimeline');
    const events = [...this.#events.values()].filter(({ roomNid }) => roomNid === query.roomNid);
    const ordered = query.direction === 'forwards' ? events : events.reverse();
    return ordered.filter((event) => isWithin(placeOf(event), query)).slice(0, query.limit);
  }

  async readLog(query: RoomLogRangeQuery): Promise<RoomLogRow[]> {
    await this.called('readLog');
    const rows = (this.rows[query.shard] ?? []).slice(query.after, query.upTo);
    const ofRoom = rows.filter(({ roomNid }) => query.roomNid === undefined || roomNid === query.roomNid);
    const wanted = query.withoutReceipts === true ? ofRoom.filter(({ kind }) => kind !== 'receipt') : ofRoom;
    const ordered = query.order === 'ascending' ? wanted : wanted.reverse();
    return ordered.slice(0, query.limit).map((row) => ({ ...row, event: row.event && this.#read(row.event.eventNid) }));
  }

  async findRootAt(shard: number, roomNid: number, position: number): Promise<number | undefined> {
    await this.called('findRootAt');
    return (this.rows[shard] ?? []).findLast((row) => row.roomNid === roomNid && row.position <= position)?.currentRoot;
  }

  async readPositions(): Promise<number[]> {
    await this.called('readPositions');
    return this.rows.map((rows) => rows.length);
  }

  async readGeneration(): Promise<number> {
    await this.called('readGeneration');
    return this.generation;
  }

  async readGenerationStarts(): Promise<GenerationStart[]> {
    await this.called('readGenerationStarts');
    return [];
  }

  async readProjectedPositions(): Promise<number[]> {
    await this.called('readProjectedPositions');
    return this.rows.map((rows) => rows.length);
  }

  async readLastPositions(shard: number, roomNids: readonly number[]): Promise<Map<number, number>> {
    await this.called('readLastPositions');
    const last = new Map((this.rows[shard] ?? []).map((row) => [row.roomNid, row.position]));
    return new Map(roomNids.flatMap((nid) => entryOf(nid, last.get(nid))));
  }

  protected allRooms(): Iterable<FakeRoom> {
    return this.#rooms.values();
  }

  /** As it is now: what was given out before does not learn of later redactions. */
  #read(eventNid: number): StoredEvent | undefined {
    const event = this.#events.get(eventNid);
    return event && { ...event, redactedBy: [...event.redactedBy] };
  }

  #roomOf(roomId: string): FakeRoom {
    const known = this.#rooms.get(roomId);
    if (known !== undefined) return known;
    const shard = roomShardOf(roomId, this.shardCount);
    const room = {
      shard,
      roomNid: (this.#nid += 1),
      roomId,
      currentRoot: EMPTY_ROOT,
      topologicalPosition: 0,
      notifyCount: 0,
      threadNotifyCount: 0,
    };
    this.#rooms.set(roomId, room);
    return room;
  }

  #unreadFacts(userId: string, { shard, roomNid, notifyCount, threadNotifyCount }: FakeRoom): StoredUnread {
    const all = this.rows[shard] ?? [];
    const rows = all.filter((row) => row.roomNid === roomNid);
    const facts = unreadFacts(userId, { rows, receipts: this.#receipts.ofUser(userId, roomNid) });
    return { shard, roomNid, position: all.length, notifyCount, threadNotifyCount, ...facts };
  }

  #store(event: FakeEvent, room: FakeRoom): StoredEvent {
    const eventNid = (this.#nid += 1);
    const stored = {
      shard: room.shard,
      eventNid,
      eventId: `$${String(eventNid).padStart(43, '0')}`,
      roomNid: room.roomNid,
      topologicalPosition: (room.topologicalPosition += 1),
      streamPosition: (this.rows[room.shard]?.length ?? 0) + 1,
      stateBefore: room.currentRoot,
      stateAfter: undefined,
      authDepth: 1,
      status: 'accepted' as const,
      json: Buffer.from(JSON.stringify(pduOf(event, room))),
      redactedBy: [],
    };
    const unread = unreadOf(stored, room, (userId) => this.membershipOf(userId, room.roomId) === 'join');
    this.#events.set(eventNid, { ...stored, unread });
    if (event.redacts !== undefined) this.#redact(event.redacts, stored.eventId);
    return { ...stored, unread };
  }

  #redact(eventId: string, redactionId: string): void {
    for (const event of this.#events.values()) if (event.eventId === eventId) event.redactedBy.push(redactionId);
  }

  #log(
    room: FakeRoom,
    changes: readonly StateChange[],
    { event, made, body, kind }: { event?: StoredEvent; made?: FakeEvent; body?: Buffer; kind?: RoomLogRow['kind'] },
  ): RoomLogRow {
    const previousRoot = room.currentRoot;
    room.currentRoot = this.#state.update(previousRoot, changes);
    const rows = this.rows[room.shard] ?? [];
    const row: RoomLogRow = {
      shard: room.shard,
      position: rows.length + 1,
      kind: kind ?? (body !== undefined ? 'receipt' : event === undefined ? 'state-correction' : 'event'),
      roomNid: room.roomNid,
      roomId: room.roomId,
      roomVersion: ROOM_VERSION,
      previousRoot,
      currentRoot: room.currentRoot,
      event: event && this.#settle(event, room),
      transactionId: made?.transactionId,
      senderDeviceId: made?.senderDeviceId,
      body,
    };
    rows.push(row);
    for (const { type, stateKey, eventNid } of changes) {
      const membership = type === 'm.room.member' && eventNid !== undefined ? this.#events.get(eventNid) : undefined;
      if (membership !== undefined) this.project(stateKey, membership, row);
    }
    return row;
  }

  /** The event with the state after it, known from now on. */
  #settle(event: StoredEvent, room: FakeRoom): StoredEvent {
    const redactedBy = this.#events.get(event.eventNid)?.redactedBy ?? [];
    const settled = { ...event, stateAfter: room.currentRoot, redactedBy };
    this.#events.set(event.eventNid, settled);
    return settled;
  }
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]];
}

function isWithin(place: TimelinePlace, { from, to, direction }: TimelinePageQuery): boolean {
  const sign = direction === 'forwards' ? 1 : -1;
  if (from !== undefined && sign * comparePlaces(place, from) <= 0) return false;
  return to === undefined || sign * comparePlaces(place, to) < 0;
}
