import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { LoggedEvent, LoggedRow } from '@plexus/room-log';
import type { AppserviceMember, NewAppserviceItem } from '@plexus/storage';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { InterestedRooms } from './interested-rooms.ts';
import { membershipItem } from './membership-item.ts';
import { receiptItems } from './receipt-items.ts';
import { sharingItems } from './sharing-items.ts';

export interface LogPortionPorts {
  readonly appservices: InterestedAppservices;
  readonly rooms: InterestedRooms;
}

const NONE: ReadonlySet<string> = new Set();

/** What some consecutive rows of a shard come to. */
export class LogPortion {
  readonly items: NewAppserviceItem[] = [];
  /** Rooms of which it has to be read anew who is in them. */
  readonly roomsToForget: LoggedRow[] = [];
  readonly #ports: LogPortionPorts;
  readonly #members = new Map<string, AppserviceMember>();

  constructor(ports: LogPortionPorts) {
    this.#ports = ports;
  }

  get members(): AppserviceMember[] {
    return [...this.#members.values()];
  }

  get isEmpty(): boolean {
    return this.items.length === 0 && this.#members.size === 0;
  }

  /** The next row can be judged only when this is stored: somebody has left a room. */
  get isClosed(): boolean {
    return this.roomsToForget.length > 0;
  }

  /** The room has to be loaded. */
  add(row: LoggedRow): void {
    const { rooms, appservices } = this.#ports;
    const before = new Set(rooms.interestedIn(row) ?? NONE);
    const usersBefore = new Set(rooms.withUsersIn(row));
    this.#addMembers(row);
    if (row.kind === 'event') this.#addEvent(row, before);
    if (row.kind === 'receipt') this.items.push(...receiptItems(row, appservices, before));
    if (row.kind === 'membership-without-room') this.#addMembershipWithoutRoom(row);
    else this.items.push(...sharingItems(row, { before: usersBefore, after: rooms.withUsersIn(row) }, appservices));
  }

  /** Whoever was interested before a row is told of it, and whoever is after it: of their users' joins and parts. */
  #addEvent(row: LoggedRow, before: ReadonlySet<string>): void {
    const { event } = row;
    if (event === undefined) return;
    const interested = new Set(before);
    for (const id of this.#ports.rooms.interestedIn(row) ?? NONE) interested.add(id);
    const { sender, type, state_key: stateKey } = parseEvent(event.json);
    for (const userId of type === 'm.room.member' ? [sender, stateKey] : [sender]) {
      if (typeof userId !== 'string') continue;
      for (const { id } of this.#ports.appservices.ofUser(userId)) interested.add(id);
    }
    const { shard: roomShard, roomNid, roomVersion } = row;
    const place = { roomShard, roomNid, roomVersion, eventNid: event.eventNid };
    for (const appserviceId of interested) this.items.push({ appserviceId, kind: 'event', event: place });
  }

  #addMembershipWithoutRoom(row: LoggedRow): void {
    for (const member of row.changedMembers) {
      const payload = membershipItem(row, member);
      if (payload === undefined) continue;
      for (const { id } of this.#ports.appservices.ofUser(member.userId)) {
        this.items.push({ appserviceId: id, kind: 'event', payload });
      }
    }
  }

  #addMembers(row: LoggedRow): void {
    const { shard: roomShard, roomNid, position } = row;
    for (const { userId, event } of row.changedMembers) {
      const isJoined = isJoin(event);
      for (const { id: appserviceId } of this.#ports.appservices.ofUser(userId)) {
        const member = { appserviceId, roomShard, roomNid, userId, isJoined, position };
        this.#members.set(JSON.stringify([appserviceId, roomNid, userId]), member);
        if (isJoined) this.#ports.rooms.joined(row, appserviceId);
        else this.roomsToForget.push(row);
      }
    }
  }
}

function isJoin(event: LoggedEvent | undefined): boolean {
  const content = event && parseEvent(event.json)['content'];
  return isJsonObject(content) && content['membership'] === 'join';
}

/** @NOTE No number of it is read, so that nothing has to be looked for that `JSON.parse` would round. */
function parseEvent(json: Buffer): JsonObject {
  return JSON.parse(json.toString()) as JsonObject;
}
