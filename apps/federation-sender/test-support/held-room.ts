import { EncodedPdu } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type {
  BackwardExtremity,
  BackwardExtremityReader,
  ParkedPduReader,
  RoomReader,
  RoomRecord,
  RoomServerReader,
  RoomServers,
  StoredEvent,
} from '@plexus/storage';
import type { RemoteRoom } from '@plexus/testing';

const SHARD = 3;
const ROOM_NID = 7;

/** How much of another server's room is stored here. */
export class HeldRoom
  implements
    Pick<RoomReader, 'findRoom' | 'findEvents' | 'findEventsById' | 'findEventNids'>,
    ParkedPduReader,
    RoomServerReader,
    BackwardExtremityReader
{
  /** How many users of each server are joined. */
  readonly joined = new Map<string, number>();
  ends: BackwardExtremity[] = [];
  /** Ids of events that wait for others. */
  readonly parked = new Set<string>();
  readonly #room: RemoteRoom;
  readonly #stored: StoredEvent[] = [];

  constructor(room: RemoteRoom) {
    this.#room = room;
  }

  /** With places; the last one is the room's newest. */
  hold(...events: readonly RoomEvent[]): void {
    for (const event of events) this.#store(event, true);
  }

  /** Others cite them; they have no place. */
  holdOutliers(...events: readonly RoomEvent[]): void {
    for (const event of events) this.#store(event, false);
  }

  get record(): RoomRecord {
    const newest = this.#stored.findLast(({ stateAfter }) => stateAfter !== undefined);
    return {
      shard: SHARD,
      roomNid: ROOM_NID,
      roomId: this.#room.roomId,
      roomVersion: this.#room.rules.version,
      currentRoot: 1,
      forwardExtremities: newest === undefined ? [] : [newest.eventNid],
      depth: 0,
      topologicalPosition: 0,
      joinedCount: 1,
      invitedCount: 0,
      notifyCount: 0,
      threadNotifyCount: 0,
      isListed: false,
    };
  }

  /** Nothing of it is stored: it is not here. */
  async findRoom(roomId: string): Promise<RoomRecord | undefined> {
    return roomId === this.#room.roomId && this.#stored.length > 0 ? this.record : undefined;
  }

  async findEvents(_shard: number, eventNids: readonly number[]): Promise<Map<number, StoredEvent>> {
    const found = this.#stored.filter(({ eventNid }) => eventNids.includes(eventNid));
    return new Map(found.map((event) => [event.eventNid, event]));
  }

  async findEventsById(
    _shard: number,
    _roomNid: number,
    eventIds: readonly string[],
  ): Promise<Map<string, StoredEvent>> {
    const found = this.#stored.filter(({ eventId }) => eventIds.includes(eventId));
    return new Map(found.map((event) => [event.eventId, event]));
  }

  async findEventNids(_shard: number, _roomNid: number, eventIds: readonly string[]): Promise<Map<string, number>> {
    const found = this.#stored.filter(({ eventId }) => eventIds.includes(eventId));
    return new Map(found.map(({ eventId, eventNid }) => [eventId, eventNid]));
  }

  async findParkedIds(_shard: number, eventIds: readonly string[]): Promise<Set<string>> {
    return new Set(eventIds.filter((eventId) => this.parked.has(eventId)));
  }

  async readServers(): Promise<RoomServers> {
    return { currentRoot: 1, joined: this.joined };
  }

  async listBackwardExtremities(): Promise<BackwardExtremity[]> {
    return this.ends;
  }

  #store({ eventId, pdu, rules }: RoomEvent, hasPlace: boolean): void {
    const eventNid = this.#stored.length + 1;
    this.#stored.push({
      shard: SHARD,
      eventNid,
      eventId,
      roomNid: ROOM_NID,
      topologicalPosition: hasPlace ? eventNid : undefined,
      streamPosition: hasPlace ? eventNid : undefined,
      stateBefore: hasPlace ? 1 : undefined,
      stateAfter: hasPlace ? 1 : undefined,
      authDepth: 0,
      status: 'accepted',
      json: Buffer.from(new EncodedPdu(pdu, rules).full()),
      unread: undefined,
      redactedBy: [],
    });
  }
}
