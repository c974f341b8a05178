/** Who types in some rooms, until when. */
export class TypingNow {
  readonly #rooms = new Map<string, Map<string, number>>();

  /** A user types until a time, or has stopped. Who types in the room now, where that changes. */
  set(roomId: string, userId: string, until: number | undefined): string[] | undefined {
    const users = this.#rooms.get(roomId) ?? new Map<string, number>();
    const isChange = users.has(userId) !== (until !== undefined);
    if (until === undefined) users.delete(userId);
    else users.set(userId, until);
    if (users.size === 0) this.#rooms.delete(roomId);
    else this.#rooms.set(roomId, users);
    return isChange ? [...users.keys()] : undefined;
  }

  /** Ends what is over; the rooms in which somebody stopped, and who types there now. */
  expire(now: number): Map<string, string[]> {
    const changed = new Map<string, string[]>();
    for (const [roomId, users] of this.#rooms) {
      const over = [...users].filter(([, until]) => until <= now);
      for (const [userId] of over) changed.set(roomId, this.set(roomId, userId, undefined) ?? []);
    }
    return changed;
  }

  clear(): void {
    this.#rooms.clear();
  }
}
