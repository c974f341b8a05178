import type { AbandonedImport } from '@plexus/storage';
import type { Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem } from '../writing/room-item.ts';

export interface GiveUpImportPorts {
  readonly now: number;
  /** Whether somebody has come back to it. */
  isUnderWay(roomId: string): boolean;
}

const BYTES = 500;

/**
 * Gives up an import that nobody has come back to: what it left behind goes as that of a room that is gone, and after that the room may come again
 * under another number.
 *
 * @NOTE It goes through the room's queue, so that nothing of it stays in memory.
 */
export class GiveUpImportItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength = BYTES;
  readonly enqueuedAt: number;
  readonly commandId = undefined;
  readonly offset = undefined;
  readonly loaded = new Loaded();
  readonly #abandoned: AbandonedImport;
  readonly #ports: GiveUpImportPorts;

  constructor(abandoned: AbandonedImport, ports: GiveUpImportPorts) {
    this.shard = abandoned.shard;
    this.roomId = abandoned.roomId;
    this.enqueuedAt = ports.now;
    this.#abandoned = abandoned;
    this.#ports = ports;
  }

  attempt(edit: RoomEdit): Execution {
    const { shard, roomId, roomNid } = this.#abandoned;
    if (this.#ports.isUnderWay(roomId)) return { outcome: 'unchanged', eventIds: [] };
    edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: undefined });
    if (edit.head === undefined)
      edit.changes.removedRooms.push({ shard, roomNid, roomId, removedFor: '', isImport: true });
    return { outcome: 'settled' };
  }

  poison(): boolean {
    return false;
  }

  settle(): void {
    // What is not stored is found again with the next round.
  }
}
