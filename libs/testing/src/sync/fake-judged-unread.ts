import type { JudgedPiece, JudgedUnread, JudgedUnreadRepository, RoomNumbers } from '@plexus/storage';

type Kept = JudgedUnread & { readonly rules: string };

/** How users' own rules judge what they have not read, in memory. */
export class FakeJudgedUnread implements JudgedUnreadRepository {
  readonly #rooms = new Map<string, Kept>();

  async readJudged(
    userId: string,
    rules: string,
    rooms: readonly (RoomNumbers & { readonly after: number })[],
  ): Promise<JudgedUnread[]> {
    return rooms.flatMap((room) => {
      const kept = this.#rooms.get(keyOf(userId, room));
      if (kept?.rules !== rules) return [];
      const { shard, roomNid, after, upTo } = kept;
      return [{ shard, roomNid, after, upTo, events: kept.events.filter(({ position }) => position > room.after) }];
    });
  }

  async storeJudged({ userId, rules, shard, roomNid, after, upTo, readUpTo, events }: JudgedPiece): Promise<boolean> {
    const key = keyOf(userId, { shard, roomNid });
    const kept = this.#rooms.get(key);
    const goesOn = kept?.rules === rules && kept.after <= readUpTo && kept.upTo >= readUpTo;
    const held = goesOn ? kept : { shard, roomNid, rules, after, upTo: after, events: [] };
    const from = Math.max(held.after, readUpTo);
    const unread = held.events.filter(({ position }) => position > from);
    const isNext = held.upTo === after;
    this.#rooms.set(
      key,
      isNext ? { ...held, after: from, upTo, events: [...unread, ...events] } : { ...held, events: unread },
    );
    return isNext;
  }

  async removeUnused(): Promise<void> {
    this.#rooms.clear();
  }
}

function keyOf(userId: string, { shard, roomNid }: RoomNumbers): string {
  return `${userId} ${shard}/${roomNid}`;
}
