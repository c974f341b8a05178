import type { Clock } from '@plexus/matrix-base';
import type { Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem } from '../writing/room-item.ts';
import type { WaitingPlace } from './parking.ts';

export interface DropParkedPorts {
  readonly clock: Pick<Clock, 'now'>;
  /** Told when it is given up. */
  dropped(place: Pick<WaitingPlace, 'roomId' | 'eventId'>, because: string): void;
}

const BYTES = 500;
const BECAUSE = 'what it cites has not come for too long';

/** Gives up a PDU that has waited for too long. */
export class DropParkedItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength = BYTES;
  readonly enqueuedAt: number;
  readonly commandId = undefined;
  readonly offset = undefined;
  readonly loaded = new Loaded();
  readonly #place: WaitingPlace;
  readonly #ports: DropParkedPorts;

  constructor(place: WaitingPlace, ports: DropParkedPorts) {
    this.shard = place.shard;
    this.roomId = place.roomId;
    this.enqueuedAt = ports.clock.now();
    this.#place = place;
    this.#ports = ports;
  }

  attempt(edit: RoomEdit): Execution {
    edit.changes.unparked.push({ shard: this.shard, eventId: this.#place.eventId, givenUpBecause: BECAUSE });
    return { outcome: 'settled' };
  }

  poison(): boolean {
    return false;
  }

  settle(): void {
    this.#ports.dropped(this.#place, BECAUSE);
  }
}
