import type { RoomItem } from './room-item.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Is told what happens while rooms are written; must not throw. */
export interface WriteObserver {
  stored(work: UnitOfWork, milliseconds: number): void;
  /** A unit of work that was not stored; it is attempted again. */
  notStored(outcome: 'fenced' | 'displaced' | 'repeated' | 'rejected' | 'failed', because: unknown): void;
  /** Something failed and will be tried again. */
  failed(doing: string, error: unknown): void;
  /** An item that fails however often it is tried. */
  poisoned(item: RoomItem, because: string): void;
}
