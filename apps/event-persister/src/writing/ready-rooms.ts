import type { RoomQueue } from './room-queue.ts';

/**
 * The rooms that are ready, in turn: one room of each hosted server after the other, and of one server the one that is ready the longest. However
 * many rooms of one server are ready, another server's room waits for no more of them than there are servers.
 */
export class ReadyRooms {
  /** In the order in which it is the servers' turn; none without rooms. */
  readonly #byServer = new Map<string, RoomQueue[]>();

  get isEmpty(): boolean {
    return this.#byServer.size === 0;
  }

  /** Puts a room behind the others of the server that its first item is for. */
  add(queue: RoomQueue): void {
    const { serverName } = queue;
    const rooms = this.#byServer.get(serverName);
    if (rooms === undefined) this.#byServer.set(serverName, [queue]);
    else rooms.push(queue);
  }

  take(): RoomQueue | undefined {
    for (const [serverName, rooms] of this.#byServer) {
      const queue = rooms.shift();
      if (rooms.length === 0) this.#byServer.delete(serverName);
      else if (this.#byServer.size > 1) this.#putLast(serverName, rooms);
      return queue;
    }
    return undefined;
  }

  #putLast(serverName: string, rooms: RoomQueue[]): void {
    this.#byServer.delete(serverName);
    this.#byServer.set(serverName, rooms);
  }
}
