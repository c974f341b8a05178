import { serverNameOf } from '@plexus/matrix-base';
import {
  decodeStateNode,
  encodeStateNode,
  EMPTY_ROOT,
  findRelation,
  findRoomVersion,
  lookupState,
  notificationOf,
  parseRoomEvent,
  updateState,
} from '@plexus/room-dag';
import type { Highlight, ReadMark, RoomEvent, RoomVersionRules, StateChange, StateNodes } from '@plexus/room-dag';
import { roomShardOf } from '@plexus/storage';
import type {
  EventOfRoom,
  EventUnread,
  Receipt,
  ReceiptQuery,
  ReceiptReader,
  RoomAs,
  RoomLogPositionReader,
  RoomLogRangeQuery,
  RoomLogRow,
  RoomOfServer,
  RoomReader,
  RoomNumbers,
  RoomRecord,
  ServerInRoom,
  StoredEvent,
  StoredUnread,
  TimelinePageQuery,
  UnreadReader,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';
import { LoggedReceipts, RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';

/** What a test says of an event; the rest is made up. */
export interface FakeEvent {
  readonly roomId: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: { readonly [key: string]: unknown };
  readonly redacts?: string;
  readonly originServerTs?: number;
  readonly transactionId?: string;
  readonly senderDeviceId?: string;
}

interface FakeRoom {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  currentRoot: number;
  topologicalPosition: number;
  notifyCount: number;
  threadNotifyCount: number;
}

type FakeReceipt = Receipt & Pick<RoomLogRow, 'shard' | 'roomNid' | 'position'>;

const ROOM_VERSION = '11';
const RULES = rulesOf(ROOM_VERSION);
const NO_COUNTS = { notifyCount: 0, threadNotifyCount: 0 };
const EVERYBODY_MAY = { senderPowerLevel: 100, requiredNotificationLevel: () => 50 };

const KINDS: Readonly<Record<RoomLogRow['kind'], RoomLogKind>> = {
  event: RoomLogKind.ROOM_LOG_KIND_EVENT,
  'state-correction': RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION,
  receipt: RoomLogKind.ROOM_LOG_KIND_RECEIPT,
  tombstone: RoomLogKind.ROOM_LOG_KIND_TOMBSTONE,
  'membership-without-room': RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM,
};

/** Rooms in memory: a log, state tries and memberships without any rule. What is appended is committed at once. */
export class FakeRooms implements RoomReader, UserRoomReader, RoomLogPositionReader, ReceiptReader, UnreadReader {
  readonly shardCount: number;
  readonly rows: RoomLogRow[][];
  /** How many calls each reading method got. */
  readonly calls = new Map<string, number>();
  /** Awaited before each answer: a test may hold answers back, or fail them. */
  beforeAnswer: (() => Promise<void>) | undefined;
  generation = 1;
  readonly #rooms = new Map<string, FakeRoom>();
  readonly #events = new Map<number, StoredEvent & { redactedBy: string[] }>();
  readonly #nodes = new Map<number, Buffer>();
  readonly #userRooms = new Map<string, UserRoom>();
  readonly #receipts = new Map<string, FakeReceipt>();
  #nid = 0;

  constructor(shardCount = 4) {
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
    for (const receipt of whole) this.#keepReceipt({ ...receipt, ...row });
    return row;
  }

  async readUnread(userId: string, rooms: readonly RoomNumbers[]): Promise<StoredUnread[]> {
    await this.#called('readUnread');
    return [...this.#rooms.values()]
      .filter(({ shard, roomNid }) => rooms.some((asked) => asked.shard === shard && asked.roomNid === roomNid))
      .map((room) => this.#unreadFacts(userId, room));
  }

  async listReceipts({ shard, roomNid, userId, after, upTo, limit }: ReceiptQuery): Promise<Receipt[]> {
    await this.#called('listReceipts');
    const found = [...this.#receipts.values()].filter(
      (receipt) => receipt.shard === shard && receipt.roomNid === roomNid && receipt.position > after,
    );
    const visible = found.filter((receipt) => receipt.position <= upTo && receipt.receiptType !== 'm.read.private');
    const own = found.filter((receipt) => receipt.position <= upTo && receipt.userId === userId);
    const others = visible.filter((receipt) => receipt.userId !== userId);
    return [...others.toSorted((a, b) => b.position - a.position).slice(0, limit), ...own];
  }

  removeUserRoom(userId: string, roomId: string): void {
    this.#userRooms.delete(`${userId} ${roomId}`);
  }

  /** Changes a room's current state without an event. */
  correctState(roomId: string, changes: readonly StateChange[]): RoomLogRow {
    return this.#log(this.#roomOf(roomId), changes, {});
  }

  recordOf(row: RoomLogRow): RoomLogRecord {
    const { shard, position, roomId, roomNid, roomVersion, currentRoot, previousRoot, event } = row;
    return {
      shard,
      position,
      generation: this.generation,
      kind: KINDS[row.kind],
      roomId,
      roomNid,
      roomVersion,
      currentRoot,
      previousRoot,
      changedState: this.#changesOf(row),
      event: event && {
        eventNid: event.eventNid,
        eventId: event.eventId,
        json: event.json,
        topologicalPosition: event.topologicalPosition ?? 0,
        stateBefore: event.stateBefore ?? 0,
        stateAfter: event.stateAfter ?? 0,
        redactedBy: event.redactedBy[0] ?? '',
        transactionId: row.transactionId ?? '',
        senderDeviceId: row.senderDeviceId ?? '',
        unreadFlags: unreadFlagsOf(event),
        threadId: event.unread?.threadId ?? '',
      },
      body: row.body ?? Buffer.alloc(0),
    };
  }

  totalCalls(): number {
    return [...this.calls.values()].reduce((sum, count) => sum + count, 0);
  }

  /** All events of a room, as they are now. */
  eventsOf(roomNid: number): StoredEvent[] {
    return [...this.#events.values()].filter((event) => event.roomNid === roomNid);
  }

  async findRoom(roomId: string): Promise<RoomRecord | undefined> {
    await this.#called('findRoom');
    const room = this.#rooms.get(roomId);
    if (room === undefined) return undefined;
    const members = [...this.#userRooms.values()].filter((member) => member.roomId === roomId);
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
      joinedCount: members.filter(({ membership }) => membership === 'join').length,
      notifyCount,
      threadNotifyCount,
      invitedCount: members.filter(({ membership }) => membership === 'invite').length,
      isListed: false,
    };
  }

  async findRoomsAs(serverName: string, roomIds: readonly string[]): Promise<Map<string, RoomAs>> {
    const rooms = await Promise.all(roomIds.map((roomId) => this.findRoom(roomId)));
    const found = rooms.filter((room) => room !== undefined);
    return new Map(
      found.map((room) => [room.roomId, { room, isResident: this.#residentServers(room.roomNid).has(serverName) }]),
    );
  }

  async findStateNodes(_shard: number, _roomNid: number, nodeNids: readonly number[]): Promise<Map<number, Buffer>> {
    await this.#called('findStateNodes');
    return new Map(nodeNids.flatMap((nid) => entryOf(nid, this.#nodes.get(nid))));
  }

  async findEvents(_shard: number, eventNids: readonly number[]): Promise<Map<number, StoredEvent>> {
    await this.#called('findEvents');
    return new Map(eventNids.flatMap((nid) => entryOf(nid, this.#read(nid))));
  }

  async findEventsById(
    _shard: number,
    roomNid: number,
    eventIds: readonly string[],
  ): Promise<Map<string, StoredEvent>> {
    await this.#called('findEventsById');
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
    await this.#called('areStored');
    const stored = [...this.#events.values()];
    return events.map(({ roomNid, eventId }) =>
      stored.some((event) => event.roomNid === roomNid && event.eventId === eventId),
    );
  }

  async findRoomsOfEvent(eventId: string): Promise<string[]> {
    await this.#called('findRoomsOfEvent');
    const roomNids = [...this.#events.values()]
      .filter((event) => event.eventId === eventId)
      .map((event) => event.roomNid);
    return [...this.#rooms.values()].filter((room) => roomNids.includes(room.roomNid)).map(({ roomId }) => roomId);
  }

  async pageTimeline(query: TimelinePageQuery): Promise<StoredEvent[]> {
    await this.#called('pageTimeline');
    const events = [...this.#events.values()].filter(({ roomNid }) => roomNid === query.roomNid);
    const ordered = query.direction === 'forwards' ? events : events.reverse();
    return ordered.filter((event) => isWithin(event.eventNid, query)).slice(0, query.limit);
  }

  async readLog(query: RoomLogRangeQuery): Promise<RoomLogRow[]> {
    await this.#called('readLog');
    const rows = (this.rows[query.shard] ?? []).slice(query.after, query.upTo);
    const ofRoom = rows.filter(({ roomNid }) => query.roomNid === undefined || roomNid === query.roomNid);
    const wanted = query.withoutReceipts === true ? ofRoom.filter(({ kind }) => kind !== 'receipt') : ofRoom;
    const ordered = query.order === 'ascending' ? wanted : wanted.reverse();
    return ordered.slice(0, query.limit).map((row) => ({ ...row, event: row.event && this.#read(row.event.eventNid) }));
  }

  async findRootAt(shard: number, roomNid: number, position: number): Promise<number | undefined> {
    await this.#called('findRootAt');
    return (this.rows[shard] ?? []).findLast((row) => row.roomNid === roomNid && row.position <= position)?.currentRoot;
  }

  async readPositions(): Promise<number[]> {
    await this.#called('readPositions');
    return this.rows.map((rows) => rows.length);
  }

  async readResidentServers(_shard: number, roomNid: number): Promise<Map<string, number>> {
    await this.#called('readResidentServers');
    return this.#residentServers(roomNid);
  }

  async countJoined(_shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>> {
    await this.#called('countJoined');
    const resident = this.#residentServers(roomNid);
    return new Map(serverNames.flatMap((serverName) => entryOf(serverName, resident.get(serverName))));
  }

  async findServerInRoom(_shard: number, roomNid: number, serverName: string): Promise<ServerInRoom | undefined> {
    await this.#called('findServerInRoom');
    const room = [...this.#rooms.values()].find((one) => one.roomNid === roomNid);
    if (room === undefined) return undefined;
    const members = [...this.#userRooms.values()].filter((member) => member.roomNid === roomNid);
    return {
      currentRoot: room.currentRoot,
      joinedCount: this.#residentServers(roomNid).get(serverName) ?? 0,
      invitedCount: members.filter(({ membership }) => membership === 'invite').length,
    };
  }

  async findResidency(serverName: string, rooms: readonly { readonly roomNid: number }[]): Promise<boolean[]> {
    await this.#called('findResidency');
    return rooms.map(({ roomNid }) => this.#residentServers(roomNid).has(serverName));
  }

  async findResidentSince(
    serverName: string,
    rooms: readonly { readonly roomNid: number }[],
  ): Promise<(number | undefined)[]> {
    await this.#called('findResidentSince');
    return rooms.map(({ roomNid }) => (this.#residentServers(roomNid).has(serverName) ? 1 : undefined));
  }

  async listRoomsOfServer(
    serverName: string,
    { after, limit }: { readonly after?: { readonly roomNid: number } | undefined; readonly limit: number },
  ): Promise<RoomOfServer[]> {
    await this.#called('listRoomsOfServer');
    const rooms = [...this.#rooms.values()].toSorted((a, b) => a.roomNid - b.roomNid);
    return rooms
      .filter(({ roomNid }) => roomNid > (after?.roomNid ?? 0) && this.#residentServers(roomNid).has(serverName))
      .slice(0, limit)
      .map(({ shard, roomNid, roomId, currentRoot }) => ({
        shard,
        roomNid,
        roomId,
        currentRoot,
        roomVersion: ROOM_VERSION,
      }));
  }

  async listResidentServers(
    _shard: number,
    roomNid: number,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    await this.#called('listResidentServers');
    const names = [...this.#residentServers(roomNid).keys()].sort();
    return names.filter((name) => name > after).slice(0, limit);
  }

  async findUserRooms(userId: string): Promise<UserRoom[]> {
    await this.#called('findUserRooms');
    return [...this.#userRooms.values()].filter((room) => room.userId === userId);
  }

  async findUserRoom(userId: string, roomId: string): Promise<UserRoom | undefined> {
    await this.#called('findUserRoom');
    return this.#userRooms.get(`${userId} ${roomId}`);
  }

  async listJoinedRooms(
    userId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    await this.#called('listJoinedRooms');
    return this.#sharedRooms(userId, userId)
      .filter((roomId) => roomId > after)
      .slice(0, limit);
  }

  async listSharedRooms(
    userId: string,
    otherId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    await this.#called('listSharedRooms');
    return this.#sharedRooms(userId, otherId)
      .filter((roomId) => roomId > after)
      .slice(0, limit);
  }

  async countSharedRooms(userId: string, otherId: string): Promise<number> {
    await this.#called('countSharedRooms');
    return this.#sharedRooms(userId, otherId).length;
  }

  async readGeneration(): Promise<number> {
    await this.#called('readGeneration');
    return this.generation;
  }

  async readProjectedPositions(): Promise<number[]> {
    await this.#called('readProjectedPositions');
    return this.rows.map((rows) => rows.length);
  }

  async readLastPositions(shard: number, roomNids: readonly number[]): Promise<Map<number, number>> {
    await this.#called('readLastPositions');
    const last = new Map((this.rows[shard] ?? []).map((row) => [row.roomNid, row.position]));
    return new Map(roomNids.flatMap((nid) => entryOf(nid, last.get(nid))));
  }

  #sharedRooms(userId: string, otherId: string): string[] {
    const joined = [...this.#userRooms.values()].filter(({ membership }) => membership === 'join');
    const others = new Set(joined.filter((room) => room.userId === otherId).map(({ roomId }) => roomId));
    const own = joined.filter((room) => room.userId === userId).map(({ roomId }) => roomId);
    return own.filter((roomId) => others.has(roomId)).sort();
  }

  #residentServers(roomNid: number): Map<string, number> {
    const resident = new Map<string, number>();
    for (const member of this.#userRooms.values()) {
      if (member.roomNid !== roomNid || member.membership !== 'join') continue;
      const serverName = serverNameOf(member.userId);
      resident.set(serverName, (resident.get(serverName) ?? 0) + 1);
    }
    return resident;
  }

  /** As it is now: what was given out before does not learn of later redactions. */
  #read(eventNid: number): StoredEvent | undefined {
    const event = this.#events.get(eventNid);
    return event && { ...event, redactedBy: [...event.redactedBy] };
  }

  async #called(name: string): Promise<void> {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    await this.beforeAnswer?.();
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
      ...NO_COUNTS,
    };
    this.#rooms.set(roomId, room);
    return room;
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
    const unread = this.#unreadOf(stored, room);
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
    { event, made, body }: { event?: StoredEvent; made?: FakeEvent; body?: Buffer },
  ): RoomLogRow {
    const previousRoot = room.currentRoot;
    room.currentRoot = this.#update(previousRoot, changes);
    const rows = this.rows[room.shard] ?? [];
    const row: RoomLogRow = {
      shard: room.shard,
      position: rows.length + 1,
      kind: body !== undefined ? 'receipt' : event === undefined ? 'state-correction' : 'event',
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
      if (membership !== undefined) this.#project(stateKey, membership, row);
    }
    return row;
  }

  #unreadFacts(userId: string, { shard, roomNid, notifyCount, threadNotifyCount }: FakeRoom): StoredUnread {
    const rows = (this.rows[shard] ?? []).filter((row) => row.roomNid === roomNid);
    const marks: ReadMark[] = [...this.#receipts.values()]
      .filter((receipt) => receipt.roomNid === roomNid && receipt.userId === userId)
      .map(({ threadId, eventPosition: position }) => {
        const { notifyCount: all = 0, threadNotifyCount: inThreads = 0 } =
          rows.find((row) => row.position === position)?.event?.unread ?? {};
        return { threadId, position, notifyCount: all, threadNotifyCount: inThreads };
      });
    const highlights: Highlight[] = [];
    const threadEvents: StoredUnread['threadEvents'][number][] = [];
    for (const { position, event } of rows) {
      if (event?.unread === undefined) continue;
      const { unread } = event;
      const { threadId, notifies, arrives, ...counts } = unread;
      const { sender, mentions } = this.#readUnread(event);
      if (sender === userId && (arrives || notifies))
        marks.push({ threadId: arrives ? '' : (threadId ?? 'main'), position, ...counts });
      if (unread.highlights || mentions.includes(userId)) highlights.push({ threadId, position, isCounted: notifies });
      if (threadId !== undefined && notifies) threadEvents.push({ threadId, position });
    }
    const position = this.rows[shard]?.length ?? 0;
    return { shard, roomNid, position, notifyCount, threadNotifyCount, marks, highlights, threadEvents };
  }

  #readUnread(
    stored: Pick<StoredEvent, 'json' | 'eventId'>,
  ): Pick<RoomEvent, 'sender'> & { mentions: readonly string[] } {
    const event = parseRoomEvent(stored.json, stored.eventId, RULES);
    return { sender: event.sender, mentions: notificationOf(event, EVERYBODY_MAY).mentions };
  }

  /** Without rules: everybody may notify the whole room. */
  #unreadOf({ json, eventId }: Pick<StoredEvent, 'json' | 'eventId'>, room: FakeRoom): EventUnread {
    const event = parseRoomEvent(json, eventId, RULES);
    const { notifies, highlights } = notificationOf(event, EVERYBODY_MAY);
    const relation = findRelation(event.content);
    const threadId = relation?.relationType === 'm.thread' ? relation.parentEventId : undefined;
    room.notifyCount += Number(notifies);
    room.threadNotifyCount += threadId === undefined ? 0 : Number(notifies);
    const isOwnJoin = event.stateKey === event.sender && event.content['membership'] === 'join';
    const before = this.#userRooms.get(`${event.sender} ${room.roomId}`)?.membership;
    const { notifyCount, threadNotifyCount } = room;
    const arrives = event.type === 'm.room.member' && isOwnJoin && before !== 'join';
    return { notifies, highlights, arrives, threadId, notifyCount, threadNotifyCount };
  }

  #keepReceipt(receipt: FakeReceipt): void {
    this.#receipts.set(`${receipt.roomNid} ${receipt.userId} ${receipt.receiptType} ${receipt.threadId}`, receipt);
  }

  /** The event with the state after it, known from now on. */
  #settle(event: StoredEvent, room: FakeRoom): StoredEvent {
    const redactedBy = this.#events.get(event.eventNid)?.redactedBy ?? [];
    const settled = { ...event, stateAfter: room.currentRoot, redactedBy };
    this.#events.set(event.eventNid, settled);
    return settled;
  }

  #project(userId: string, event: StoredEvent, row: RoomLogRow): void {
    const key = `${userId} ${row.roomId}`;
    const { sender, content } = JSON.parse(event.json.toString()) as {
      sender: string;
      content: { membership: UserRoom['membership'] };
    };
    this.#userRooms.set(key, {
      userId,
      roomId: row.roomId,
      shard: row.shard,
      roomNid: row.roomNid,
      membership: content.membership,
      previousMembership: this.#userRooms.get(key)?.membership,
      sender,
      eventId: event.eventId,
      position: row.position,
      strippedState: undefined,
    });
  }

  #update(root: number, changes: readonly StateChange[]): number {
    const updated = updateState(root, changes, { nodes: this.#stateNodes(), allotId: () => (this.#nid += 1) });
    if (updated.outcome === 'missing') throw new Error('a fake lost state nodes');
    for (const { id, node } of updated.created) this.#nodes.set(id, Buffer.from(encodeStateNode(node)));
    return updated.root;
  }

  #changesOf(row: RoomLogRow): { type: string; stateKey: string; eventNid: number }[] {
    if (row.previousRoot === row.currentRoot || row.event === undefined) return [];
    const { type, state_key: stateKey } = JSON.parse(row.event.json.toString()) as { type: string; state_key: string };
    const found = lookupState(row.currentRoot, { type, stateKey }, this.#stateNodes());
    return found.outcome === 'found' ? [{ type, stateKey, eventNid: found.eventNid ?? 0 }] : [];
  }

  #stateNodes(): StateNodes {
    return {
      find: (nid) => {
        const body = this.#nodes.get(nid);
        return body && decodeStateNode(body);
      },
    };
  }
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]];
}

function isWithin(eventNid: number, { from, to, direction }: TimelinePageQuery): boolean {
  const isForwards = direction === 'forwards';
  if (from !== undefined && (isForwards ? eventNid <= from.eventNid : eventNid >= from.eventNid)) return false;
  return to === undefined || (isForwards ? eventNid < to.eventNid : eventNid > to.eventNid);
}

function pduOf(event: FakeEvent, room: FakeRoom): object {
  const content = event.redacts === undefined ? event.content : { ...event.content, redacts: event.redacts };
  return {
    auth_events: [],
    content,
    depth: room.topologicalPosition,
    hashes: {},
    origin_server_ts: event.originServerTs ?? 1000 + room.topologicalPosition,
    prev_events: [],
    room_id: room.roomId,
    sender: event.sender,
    signatures: {},
    ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    type: event.type,
  };
}

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  return rules;
}

/** As records of the log have them. */
function unreadFlagsOf({ unread }: StoredEvent): number {
  if (unread === undefined) return 0;
  return Number(unread.notifies) | (Number(unread.highlights) << 1) | (Number(unread.arrives) << 2);
}
