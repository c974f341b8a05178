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
  readonly #sections = new Map<string, string>();

  constructor(next: SyncToken) {
    this.nextBatch = encodeSyncToken(next);
  }

  get isEmpty(): boolean {
    return this.#rooms.size === 0 && this.#sections.size === 0;
  }

  /** Adds a section besides `rooms` that has something to tell. */
  addSection(name: string, json: string): void {
    this.#sections.set(name, json);
  }

  /** As `addSection`, of events that are JSON already; nothing where there is none. */
  addEvents(name: string, events: readonly string[]): void {
    if (events.length > 0) this.addSection(name, `{"events":[${events.join(',')}]}`);
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
    const others = [...this.#sections].map(([name, json]) => `,"${name}":${json}`);
    return `{"next_batch":"${this.nextBatch}"${rooms}${others.join('')}}`;
  }
}
