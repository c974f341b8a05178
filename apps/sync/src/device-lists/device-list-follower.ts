import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { DeviceListChange, DeviceListReader } from '@plexus/storage';

/** A change of a user's device list, with the rooms that the user had joined when it was read. */
export interface FollowedChange extends DeviceListChange {
  readonly roomIds: ReadonlySet<string>;
}

export interface DeviceListFollowerOptions {
  readonly reader: Pick<DeviceListReader, 'readDeviceListPosition' | 'readDeviceListChanges'>;
  readonly joinedRooms: (userId: string) => Promise<ReadonlySet<string>>;
  /** Wakes whom a change concerns. */
  readonly changed: (change: FollowedChange) => void;
  readonly clock: Pick<Clock, 'delay' | 'pause'>;
  readonly failed: (error: unknown) => void;
  /** So many rooms of changes are kept. */
  readonly maxRooms?: number;
}

/** Hints may be lost; then changes are found this much later. */
const SWEEP_MS = 2_000;
const PAGE = 200;
const MAX_ROOMS = 200_000;

/**
 * Follows the changes of all device lists: a hint, or the sweep, has it read what came after the last one. Each change is resolved to the user's
 * rooms once, however many share one with the user.
 */
export class DeviceListFollower {
  readonly #options: DeviceListFollowerOptions;
  #kept: FollowedChange[] = [];
  #rooms = 0;
  #start = 0;
  #position = 0;
  #isStarted = false;
  #reading: Promise<void> | undefined;
  #isDue = false;

  constructor(options: DeviceListFollowerOptions) {
    this.#options = options;
  }

  /** Of the last change that was delivered. */
  get position(): number {
    return this.#position;
  }

  /** Begins with what changes from now on. */
  async start(): Promise<void> {
    this.#restart(await this.#options.reader.readDeviceListPosition());
    this.#isStarted = true;
  }

  /** Something may have changed. */
  hint(): void {
    if (!this.#isStarted) return;
    this.#isDue = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Resolves when everything up to this position is delivered, or could not be read. */
  async reached(position: number): Promise<void> {
    if (position <= this.#position) return;
    this.hint();
    await this.#reading;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pauseBetweenLooks(SWEEP_MS, this.#options.clock, signal);
      if (!signal.aborted) this.hint();
    }
    await this.#reading;
  }

  /** The changes after a position, oldest first; nothing where some of them are no longer kept. */
  changesAfter(position: number): readonly FollowedChange[] | undefined {
    if (position < this.#start) return undefined;
    let first = this.#kept.length;
    while (first > 0 && (this.#kept[first - 1]?.position ?? 0) > position) first -= 1;
    return this.#kept.slice(first);
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#isDue) {
        this.#isDue = false;
        await this.#readNew();
      }
    } catch (error) {
      this.#options.failed(error);
    }
  }

  async #readNew(): Promise<void> {
    const { reader, joinedRooms } = this.#options;
    const last = await reader.readDeviceListPosition();
    if (last < this.#position) this.#restart(last);
    while (this.#position < last) {
      const changes = await reader.readDeviceListChanges(this.#position, PAGE);
      const roomIds = await Promise.all(changes.map(({ userId }) => joinedRooms(userId)));
      for (const [index, change] of changes.entries())
        this.#deliver({ ...change, roomIds: roomIds[index] ?? new Set() });
      if (changes.length < PAGE) return;
    }
  }

  /** Also where a restored database has fewer changes than were delivered. */
  #restart(position: number): void {
    this.#kept = [];
    this.#rooms = 0;
    this.#start = position;
    this.#position = position;
  }

  #deliver(change: FollowedChange): void {
    this.#kept.push(change);
    this.#rooms += weightOf(change);
    this.#position = change.position;
    let dropped = 0;
    for (; this.#rooms > (this.#options.maxRooms ?? MAX_ROOMS) && dropped < this.#kept.length - 1; dropped += 1) {
      const oldest = this.#kept[dropped];
      this.#start = oldest?.position ?? this.#start;
      this.#rooms -= oldest === undefined ? 0 : weightOf(oldest);
    }
    if (dropped > 0) this.#kept = this.#kept.slice(dropped);
    this.#options.changed(change);
  }
}

function weightOf({ roomIds }: FollowedChange): number {
  return roomIds.size + 1;
}
