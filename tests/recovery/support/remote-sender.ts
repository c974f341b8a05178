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
    const joined = await this.#append({
      type: 'm.room.member',
      stateKey: this.#userId,
      content: { membership: 'join' },
      marker: undefined,
    });
    this.#authEvents.splice(2, 1, joined);
  }

  async speak(): Promise<void> {
    const marker = `${this.#options.name}-${this.#count + 1}`;
    const content = { msgtype: 'm.text', body: marker, [MARKER]: marker };
    await this.#append({ type: 'm.room.message', content, marker });
  }

  get #userId(): string {
    return `@${this.#options.name}:${SERVER}`;
  }

  async #append(event: RemoteEvent): Promise<string> {
    const { roomId, protocol } = this.#options;
    const record = this.#build(event);
    if (!(await this.#insist(record))) return record.eventId;
    this.#last = record.eventId;
    this.#depth += 1;
    this.#count += 1;
    const { marker } = event;
    if (marker !== undefined) protocol.acknowledged.push({ marker, roomId, eventId: record.eventId, isOnce: true });
    return record.eventId;
  }

  #build({ type, stateKey, content }: RemoteEvent): FederationPduRecord {
    const { roomId } = this.#options;
    const rules = findRoomVersion(REMOTE_ROOM_VERSION);
    if (rules === undefined) throw new Error('no such room version');
    const originServerTs = Date.now();
    const key = this.#key;
    const place = { prevEvents: [this.#last], authEvents: this.#authEvents, depth: this.#depth + 1, originServerTs };
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
  async #insist(record: FederationPduRecord): Promise<boolean> {
    const { topics, roomId, giveUp } = this.#options;
    while (!giveUp.aborted) {
      try {
        await topics.producer.send(FEDERATION_PDUS, roomShardOf(roomId, ROOM_SHARDS), [{ key: roomId, value: record }]);
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

function idOf(log: readonly LoggedEvent[], type: string): string {
  const found = log.findLast((event) => event.type === type && event.stateKey === '');
  if (found === undefined) throw new Error(`the room has no ${type}`);
  return found.eventId;
}
