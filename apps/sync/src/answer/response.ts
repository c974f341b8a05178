import { encodeSyncToken } from '@plexus/matrix-api';
import type { SyncToken } from '@plexus/matrix-api';

export type RoomSection = 'join' | 'invite' | 'knock' | 'leave';

const SECTIONS: readonly RoomSection[] = ['join', 'invite', 'knock', 'leave'];

/** A response, put together from what is JSON already. */
export class SyncResponse {
  readonly nextBatch: string;
  /** Events of members that it carries. */
  readonly members = new Map<string, number>();
  readonly #rooms = new Map<RoomSection, string[]>();

  constructor(next: SyncToken) {
    this.nextBatch = encodeSyncToken(next);
  }

  get isEmpty(): boolean {
    return this.#rooms.size === 0;
  }

  addRoom(section: RoomSection, roomId: string, answer: { json: string; members: ReadonlyMap<string, number> }): void {
    const rooms = this.#rooms.get(section) ?? [];
    rooms.push(`${JSON.stringify(roomId)}:${answer.json}`);
    this.#rooms.set(section, rooms);
    for (const [key, eventNid] of answer.members) this.members.set(key, eventNid);
  }

  toString(): string {
    const sections = SECTIONS.flatMap((section) => {
      const rooms = this.#rooms.get(section);
      return rooms === undefined ? [] : [`"${section}":{${rooms.join(',')}}`];
    });
    const rooms = sections.length === 0 ? '' : `,"rooms":{${sections.join(',')}}`;
    return `{"next_batch":"${this.nextBatch}"${rooms}}`;
  }
}
