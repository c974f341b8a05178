import type { Refused } from '@plexus/rpc';
import type { ParkedPdu } from '@plexus/storage';
import type { Execution } from '../commands/execution.ts';
import type { ReceivedOutcome } from '../pdus/received-outcome.ts';
import type { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from './room-loader.ts';

/** What became of an item in the end. `notOwner`: the shard is another process's now. `failed`: only the answer failed. */
export type Settled =
  | { readonly outcome: 'stored'; readonly eventIds: readonly string[]; readonly position: number }
  | {
      readonly outcome: 'received';
      readonly received: Exclude<ReceivedOutcome, { outcome: 'incomplete' }>;
      readonly position: number;
    }
  | { readonly outcome: 'refused'; readonly refused: Refused }
  | { readonly outcome: 'notOwner' }
  | { readonly outcome: 'failed'; readonly because: string };

/** A command or a PDU in its room's queue. */
export interface RoomItem {
  readonly shard: number;
  readonly roomId: string;
  /** The hosted server for which it is done, and in whose turn; nothing where it is for none of them. It never changes. */
  readonly serverName?: string;
  readonly byteLength: number;
  /** Milliseconds since the epoch. */
  readonly enqueuedAt: number;
  /** Stored with the effect, so that a repeated command finds it; nothing for PDUs. */
  readonly commandId: string | undefined;
  /** Its record in `federation.pdus`, if it is not stored elsewhere. */
  readonly offset: number | undefined;
  readonly loaded: Loaded;
  /** Of the trace that it comes of; nothing or empty where that is not recorded. */
  readonly traceparent?: string;
  /** Of the event that it brings: whether that is stored already is what its attempt asks first. */
  readonly eventId?: string;
  /** Of the events that a piece of an import brings: whether they are stored already is found out while it waits for its turn. */
  readonly eventIds?: readonly string[];
  /** The room as it will be, of one that is on its way here: then what is missing is looked for there. */
  readonly place?: LoadedRoom;
  /** Attempts it on the room as it is now; repeated whenever that came to nothing. */
  attempt(edit: RoomEdit): Execution;
  /** It fails however often it is tried. True where it is to be attempted once more, to set itself aside. */
  poison(because: string): boolean;
  settle(settled: Settled): void;
}

/** An item that a row can keep while its room is busy. */
export interface StashableItem extends RoomItem {
  toParked(): ParkedPdu;
  wasStashed(): void;
}

export function isStashable(item: RoomItem): item is StashableItem {
  return item.offset !== undefined && 'toParked' in item;
}
