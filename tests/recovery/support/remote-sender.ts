import { setTimeout as delay } from 'node:timers/promises';
import { SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import { roomShardOf } from '@plexus/storage';
import { FEDERATION_PDUS, TopicError } from '@plexus/topics';
import type { FederationPduRecord, Topics } from '@plexus/topics';
import type { LoggedEvent } from '../../support/faults/history.ts';
import type { Protocol } from './actor.ts';
import { MARKER } from './actor.ts';
import { ROOM_SHARDS } from './open-topics.ts';

export const REMOTE_ROOM_VERSION = '11';

export interface RemoteSenderOptions {
  readonly name: string;
  /** A public room in which nobody else does anything any more, and its log. */
  readonly roomId: string;
  readonly log: readonly LoggedEvent[];
  readonly topics: Topics;
  readonly protocol: Protocol;
  readonly giveUp: AbortSignal;
}

const PAUSE_MS = 200;
const SERVER = 'remote.example';

/**
 * A user of another server who speaks in a room, each event after the one before. Its checked PDUs are appended to `federation.pdus`,
 * as the entrance for other servers would do; what the topic has acknowledged must come into the room.
 */
export class RemoteSender {
  readonly #options: RemoteSenderOptions;
  readonly #key = new SigningKey('ed25519:r', Buffer.alloc(32, 99));
  readonly #authEvents: string[];
  #last: string;
  #depth: number;
  #count = 0;

  constructor(options: RemoteSenderOptions) {
    this.#options = options;
    const { log } = options;
    this.#authEvents = ['m.room.create', 'm.room.power_levels', 'm.room.join_rules'].map((type) => idOf(log, type));
    this.#last = log.at(-1)?.eventId ?? '';
    this.#depth = log.length;
  }

  /** How much the topic has taken. */
  get answers(): number {
    return this.#count;
  }

  async join(): Promise<void> {
    const join = { type: 'm.room.member', stateKey: this.#userId, content: { membership: 'join' }, marker: undefined };
    await this.#append([join]);
    this.#authEvents.splice(2, 1, this.#last);
  }

  get roomId(): string {
    return this.#options.roomId;
  }

  async speak(): Promise<void> {
    await this.burst(1);
  }

  /** Says many things at once. */
  async burst(count: number): Promise<void> {
    await this.#append(
      Array.from({ length: count }, (_, index) => message(`${this.#options.name}-${this.#count + index + 1}`)),
    );
  }

  get #userId(): string {
    return `@${this.#options.name}:${SERVER}`;
  }

  /** Each event follows the one before; none counts before the topic has taken them all. */
  async #append(events: readonly RemoteEvent[]): Promise<void> {
    const { roomId, protocol } = this.#options;
    let place = { previous: this.#last, depth: this.#depth };
    const records = events.map((event) => {
      const record = this.#build(event, place);
      place = { previous: record.eventId, depth: place.depth + 1 };
      return record;
    });
    if (!(await this.#insist(records))) return;
    this.#last = place.previous;
    this.#depth = place.depth;
    this.#count += events.length;
    for (const [index, { marker }] of events.entries())
      if (marker !== undefined)
        protocol.acknowledged.push({ marker, roomId, eventId: records[index]?.eventId, isOnce: true });
  }

  #build({ type, stateKey, content }: RemoteEvent, { previous, depth }: Place): FederationPduRecord {
    const { roomId } = this.#options;
    const rules = findRoomVersion(REMOTE_ROOM_VERSION);
    if (rules === undefined) throw new Error('no such room version');
    const originServerTs = Date.now();
    const key = this.#key;
    const place = { prevEvents: [previous], authEvents: this.#authEvents, depth: depth + 1, originServerTs };
    const named = { roomId, sender: this.#userId, type, content, ...(stateKey === undefined ? {} : { stateKey }) };
    const built = buildRoomEvent({ ...named, ...place }, rules, [{ serverName: SERVER, key }]);
    if (built.outcome !== 'ok') throw new Error(built.because);
    return {
      roomId,
      roomVersion: REMOTE_ROOM_VERSION,
      eventId: built.event.eventId,
      origin: SERVER,
      destination: 'localhost',
      json: built.bytes,
      contentHashMismatch: false,
      receivedAt: originServerTs,
    };
  }

  /** False where it was given up. */
  async #insist(records: readonly FederationPduRecord[]): Promise<boolean> {
    const { topics, roomId, giveUp } = this.#options;
    while (!giveUp.aborted) {
      try {
        const outgoing = records.map((value) => ({ key: roomId, value }));
        await topics.producer.send(FEDERATION_PDUS, roomShardOf(roomId, ROOM_SHARDS), outgoing);
        return true;
      } catch (error) {
        if (!(error instanceof TopicError)) throw error;
        await delay(PAUSE_MS);
      }
    }
    return false;
  }
}

interface RemoteEvent {
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly marker: string | undefined;
}

/** What an event follows. */
interface Place {
  readonly previous: string;
  readonly depth: number;
}

function message(marker: string): RemoteEvent {
  return { type: 'm.room.message', content: { msgtype: 'm.text', body: marker, [MARKER]: marker }, marker };
}

function idOf(log: readonly LoggedEvent[], type: string): string {
  const found = log.findLast((event) => event.type === type && event.stateKey === '');
  if (found === undefined) throw new Error(`the room has no ${type}`);
  return found.eventId;
}
