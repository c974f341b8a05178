import { FEDERATION_PDUS } from '@plexus/topics';
import type { UndecodableRecord } from '@plexus/topics';
import type { Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem } from '../writing/room-item.ts';

/** A record of the topic that cannot be read: it becomes a dead letter. */
export class UndecodableItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength: number;
  readonly enqueuedAt: number;
  readonly offset: number;
  readonly commandId = undefined;
  readonly loaded = new Loaded();
  readonly #record: UndecodableRecord;

  constructor(record: UndecodableRecord, now: number) {
    this.#record = record;
    this.shard = record.partition;
    this.roomId = record.key;
    this.byteLength = record.bytes.length;
    this.enqueuedAt = now;
    this.offset = record.offset;
  }

  attempt(edit: RoomEdit): Execution {
    edit.changes.deadLetters.push({
      shard: this.shard,
      source: FEDERATION_PDUS.name,
      roomId: this.roomId,
      eventId: undefined,
      origin: undefined,
      error: `the record cannot be read: ${String(this.#record.error)}`.replaceAll('\0', ''),
      record: Buffer.from(this.#record.bytes),
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
