import { FEDERATION_PDUS } from '@plexus/topics';
import type { Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem } from '../writing/room-item.ts';

/** A record of the topic that no room can take. */
export interface SetAsideRecord {
  readonly shard: number;
  readonly offset: number;
  /** A room of this shard, or `noRoomOf` it. */
  readonly roomId: string;
  readonly eventId?: string;
  readonly origin?: string;
  readonly because: string;
  readonly bytes: Uint8Array;
}

/** A record that becomes a dead letter in its place, so that the offset moves on. */
export class SetAsideItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength: number;
  readonly enqueuedAt: number;
  readonly offset: number;
  readonly commandId = undefined;
  readonly loaded = new Loaded();
  readonly #record: SetAsideRecord;

  constructor(record: SetAsideRecord, now: number) {
    this.#record = record;
    this.shard = record.shard;
    this.roomId = record.roomId;
    this.byteLength = record.bytes.length;
    this.enqueuedAt = now;
    this.offset = record.offset;
  }

  attempt(edit: RoomEdit): Execution {
    const { eventId, origin, because, bytes } = this.#record;
    edit.changes.deadLetters.push({
      shard: this.shard,
      source: FEDERATION_PDUS.name,
      roomId: this.roomId,
      eventId: eventId && storable(eventId),
      origin: origin && storable(origin),
      error: storable(because),
      record: Buffer.from(bytes),
      attempts: 1,
    });
    return { outcome: 'settled' };
  }

  poison(): boolean {
    return false;
  }

  settle(): void {
    // The offset that is stored with the dead letter is all there is to say.
  }
}

const MAX_LENGTH = 2_000;

/** @NOTE Postgres refuses a NUL in any text. */
function storable(text: string): string {
  return text.slice(0, MAX_LENGTH).replaceAll('\0', '');
}
