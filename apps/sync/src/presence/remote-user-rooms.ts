import { LRUCache } from 'lru-cache';
import { findServerName } from '@plexus/matrix-base';

export interface RemoteUserRoomsOptions {
  readonly isRemote: (userId: string) => boolean;
  /** Rooms here that the user has joined. */
  readonly read: (userId: string) => Promise<ReadonlySet<string>>;
}

/** So long what was read of a user's rooms counts. */
const KEPT_MS = 5 * 60_000;
/** So many rooms are kept, of all users. */
const MOST_ROOMS = 200_000;
/** Of one server's users so many wait to be read; of more nothing is known. */
const MOST_WAITING = 100;

const NO_ROOMS: ReadonlySet<string> = new Set();

/**
 * Which rooms users of other servers have joined, to say who sees their presence. Nobody projects their memberships, and their servers say
 * how often it is asked: one is read after the other, and it is kept for a while.
 */
export class RemoteUserRooms {
  readonly #options: RemoteUserRoomsOptions;
  readonly #known = new LRUCache<string, ReadonlySet<string>>({
    maxSize: MOST_ROOMS,
    sizeCalculation: ({ size }) => size + 1,
    ttl: KEPT_MS,
  });
  readonly #reading = new Map<string, Promise<ReadonlySet<string>>>();
  /** By server. */
  readonly #waiting = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RemoteUserRoomsOptions) {
    this.#options = options;
  }

  isRemote(userId: string): boolean {
    return this.#options.isRemote(userId);
  }

  /** What is kept. */
  find(userId: string): ReadonlySet<string> | undefined {
    return this.#known.get(userId);
  }

  async read(userId: string): Promise<ReadonlySet<string>> {
    return this.find(userId) ?? this.#reading.get(userId) ?? (await this.#begin(userId));
  }

  #begin(userId: string): Promise<ReadonlySet<string>> | ReadonlySet<string> {
    const serverName = findServerName(userId) ?? '';
    const waiting = this.#waiting.get(serverName) ?? 0;
    if (waiting >= MOST_WAITING) return NO_ROOMS;
    this.#waiting.set(serverName, waiting + 1);
    const reading = this.#last.then(() => this.#options.read(userId));
    this.#reading.set(userId, reading);
    this.#last = reading.then(
      (rooms) => {
        this.#known.set(userId, rooms);
        this.#end(userId, serverName);
      },
      () => this.#end(userId, serverName),
    );
    return reading;
  }

  #end(userId: string, serverName: string): void {
    this.#reading.delete(userId);
    const left = (this.#waiting.get(serverName) ?? 1) - 1;
    if (left > 0) this.#waiting.set(serverName, left);
    else this.#waiting.delete(serverName);
  }
}
