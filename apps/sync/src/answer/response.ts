import type { SyncToken } from '@plexus/matrix-api';
import type { SyncTokens } from './sync-tokens.ts';

export type RoomSection = 'join' | 'invite' | 'knock' | 'leave';

const SECTIONS: readonly RoomSection[] = ['join', 'invite', 'knock', 'leave'];
const NOBODY: ReadonlyMap<string, number> = new Map();

/**
 * A response, put together from what is JSON already.
 *
 * @NOTE Each client that waits holds one that is empty and never sent: so nothing is made before it is needed.
 */
export class SyncResponse {
  readonly #next: SyncToken;
  readonly #tokens: Pick<SyncTokens, 'write'>;
  #nextBatch: string | undefined;
  #rooms: Map<RoomSection, string[]> | undefined;
  #sections: string[] | undefined;
  #members: Map<string, number> | undefined;

  constructor(next: SyncToken, tokens: Pick<SyncTokens, 'write'>) {
    this.#next = next;
    this.#tokens = tokens;
  }

  get nextBatch(): string {
    return (this.#nextBatch ??= this.#tokens.write(this.#next));
  }

  /** Whether its token is further on in what is stored than this one. */
  isBeyond({ generation, userPosition, deviceListPosition, positions }: SyncToken): boolean {
    const next = this.#next;
    if (next.generation > generation || next.userPosition > userPosition) return true;
    if (next.deviceListPosition > deviceListPosition) return true;
    return next.positions !== positions && next.positions.some((position, shard) => position > (positions[shard] ?? 0));
  }

  /** Events of members that it carries. */
  get members(): ReadonlyMap<string, number> {
    return this.#members ?? NOBODY;
  }

  get isEmpty(): boolean {
    return this.#rooms === undefined && this.#sections === undefined;
  }

  /** Adds a section besides `rooms` that has something to tell; each once. */
  addSection(name: string, json: string): void {
    (this.#sections ??= []).push(`,"${name}":${json}`);
  }

  /** As `addSection`, of events that are JSON already; nothing where there is none. */
  addEvents(name: string, events: readonly string[]): void {
    if (events.length > 0) this.addSection(name, `{"events":[${events.join(',')}]}`);
  }

  addRoom(section: RoomSection, roomId: string, answer: { json: string; members: ReadonlyMap<string, number> }): void {
    const all = (this.#rooms ??= new Map<RoomSection, string[]>());
    const rooms = all.get(section) ?? [];
    rooms.push(`${JSON.stringify(roomId)}:${answer.json}`);
    all.set(section, rooms);
    if (answer.members.size === 0) return;
    const members = (this.#members ??= new Map<string, number>());
    for (const [key, eventNid] of answer.members) members.set(key, eventNid);
  }

  toString(): string {
    const sections = SECTIONS.flatMap((section) => {
      const rooms = this.#rooms?.get(section);
      return rooms === undefined ? [] : [`"${section}":{${rooms.join(',')}}`];
    });
    const rooms = sections.length === 0 ? '' : `,"rooms":{${sections.join(',')}}`;
    return `{"next_batch":"${this.nextBatch}"${rooms}${this.#sections?.join('') ?? ''}}`;
  }
}
