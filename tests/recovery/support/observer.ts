import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeSyncToken } from '@plexus/matrix-api';
import type { View } from '../../support/faults/history.ts';
import type { Json, MatrixClient, MatrixHttp } from '../../support/matrix-client.ts';
import { insist } from './insist.ts';
import type { Insisted } from './insist.ts';
import type { RoomOfSync } from './room-view.ts';
import { eventsOf, joinedRoomsOf, textIn } from './room-view.ts';

const V3 = '/_matrix/client/v3';
const PATIENCE_MS = 15_000;
const POLL_MS = 3_000;

export interface ObserverOptions {
  readonly name: string;
  readonly client: MatrixClient;
  /** Which replica answers, or in turn all of them, is the routes' choice. */
  readonly http: MatrixHttp;
  /** How long it looks away between two answers; it asks again at once where nothing is said. */
  readonly looksAwayMs?: number;
}

interface Watched {
  readonly after: string | undefined;
  readonly eventIds: string[];
}

/**
 * A client that follows `/sync` as clients do, fetches what a limited timeline leaves out, and writes down what it sees. Where it is told everything
 * again, because a failover has lost commits, it begins anew.
 */
export class Observer {
  readonly name: string;
  readonly problems: string[] = [];
  readonly #options: ObserverOptions;
  readonly #rooms = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  readonly #hurrying = new AbortController();
  #since: string | undefined;
  #running: Promise<void> = Promise.resolve();
  #answers = 0;
  #mayBeginAnew = false;

  constructor(options: ObserverOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** How often it was answered. */
  get answers(): number {
    return this.#answers;
  }

  /** Whether it asks again at once. */
  get isAttentive(): boolean {
    return this.#options.looksAwayMs === undefined;
  }

  /** From now on it does not look away. */
  hurry(): void {
    this.#hurrying.abort();
  }

  /** From now on commits may be lost, and with them what it has seen. */
  expectLoss(): void {
    this.#mayBeginAnew = true;
  }

  /** Begins where the rooms stand now. */
  async start(): Promise<void> {
    this.#begin(bodyOf(await this.#sync(1)));
    this.#running = this.#follow().catch((error: unknown) => void this.problems.push(`${this.name}: ${String(error)}`));
  }

  /** The last event that it has seen in a room. */
  lastSeen(roomId: string): string | undefined {
    const room = this.#rooms.get(roomId);
    return room?.eventIds.at(-1) ?? room?.after;
  }

  /** What it has seen of these rooms, be it nothing. */
  views(roomIds: readonly string[]): View[] {
    return roomIds.map((roomId) => {
      const { after, eventIds } = this.#rooms.get(roomId) ?? { after: undefined, eventIds: [] };
      return { who: this.name, roomId, after, eventIds: [...eventIds] };
    });
  }

  async stop(): Promise<void> {
    this.hurry();
    this.#stopping.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#lookAway();
      const answered = await this.#sync(this.isAttentive ? 20 : 1_000);
      if (answered.outcome === 'unanswered') return;
      if (answered.outcome === 'refused') {
        this.problems.push(`${this.name}: /sync answers ${answered.status} ${JSON.stringify(answered.body)}`);
        return;
      }
      const next = textIn(answered.body, 'next_batch');
      if (this.#mayBeginAnew && generationOf(next) !== generationOf(this.#since)) this.#begin(answered.body);
      else for (const [roomId, room] of joinedRoomsOf(answered.body)) await this.#take(roomId, room);
      this.#since = next;
      this.#answers += 1;
    }
  }

  #begin(answer: Json): void {
    this.#rooms.clear();
    for (const [roomId, { timeline }] of joinedRoomsOf(answer))
      this.#rooms.set(roomId, { after: timeline.at(-1)?.eventId, eventIds: [] });
    this.#since = textIn(answer, 'next_batch');
  }

  async #lookAway(): Promise<void> {
    const { looksAwayMs } = this.#options;
    const { signal } = this.#hurrying;
    if (looksAwayMs !== undefined && !signal.aborted)
      await Promise.race([delay(looksAwayMs, undefined, { ref: false }), once(signal, 'abort')]);
  }

  #sync(limit: number): Promise<Insisted> {
    const filter = JSON.stringify({ room: { timeline: { limit } } });
    const query = new URLSearchParams({ timeout: String(POLL_MS), filter });
    if (this.#since !== undefined) query.set('since', this.#since);
    return this.#ask(`${V3}/sync?${query}`);
  }

  /** A room that appears is seen from its beginning on. */
  async #take(roomId: string, room: RoomOfSync): Promise<void> {
    const watched = this.#rooms.get(roomId) ?? { after: undefined, eventIds: [] };
    const known = this.lastSeen(roomId);
    const missed = room.isLimited ? await this.#pageBack(roomId, room.previousBatch, known) : [];
    if (missed === undefined)
      return void this.#rooms.set(roomId, { after: room.timeline.at(-1)?.eventId, eventIds: [] });
    watched.eventIds.push(...missed, ...room.timeline.map(({ eventId }) => eventId));
    this.#rooms.set(roomId, watched);
    return undefined;
  }

  /** The events between one that is known and a place in the room, oldest first; nothing where the place is of a time that is lost. */
  async #pageBack(roomId: string, place: string | undefined, known: string | undefined): Promise<string[] | undefined> {
    const missed: string[] = [];
    for (let from = place; from !== undefined;) {
      const query = new URLSearchParams({ dir: 'b', limit: '100', from });
      const answered = await this.#ask(`${V3}/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
      if (answered.outcome === 'unanswered') break;
      if (answered.outcome === 'refused' && answered.status === 400 && this.#mayBeginAnew) return undefined;
      const body = bodyOf(answered);
      const page = eventsOf(body['chunk']).map(({ eventId }) => eventId);
      const end = known === undefined ? -1 : page.indexOf(known);
      missed.push(...(end === -1 ? page : page.slice(0, end)));
      from = end === -1 ? textIn(body, 'end') : undefined;
    }
    return missed.reverse();
  }

  #ask(path: string): Promise<Insisted> {
    const { http, client } = this.#options;
    const { accessToken } = client.session;
    const insistence = { http, attemptMs: PATIENCE_MS, signal: this.#stopping.signal };
    return insist({ method: 'GET', path, accessToken }, insistence);
  }
}

function bodyOf(answered: Insisted): Json {
  if (answered.outcome === 'answered') return answered.body;
  throw new Error(`an observer got no answer: ${JSON.stringify(answered)}`);
}

/** @NOTE Tokens mean nothing to clients; this one looks into them only to know that it is told everything again. */
function generationOf(token: string | undefined): number | undefined {
  return token === undefined ? undefined : decodeSyncToken(token)?.generation;
}
