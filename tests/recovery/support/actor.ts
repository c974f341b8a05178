import type { Acknowledged } from '../../support/faults/history.ts';
import type { Random } from '../../support/faults/random.ts';
import type { Json, MatrixClient, MatrixHttp } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import type { Request } from './insist.ts';
import { insist } from './insist.ts';

/** What all actors of a workload write down. */
export interface Protocol {
  readonly acknowledged: Acknowledged[];
  readonly incidents: string[];
  /** Public rooms, those that are made during the run among them. */
  readonly rooms: string[];
  /** Accounts that were made. */
  readonly usernames: string[];
  /** A room is there: whoever watches enters it. */
  welcome(roomId: string): Promise<void>;
}

export interface ActorOptions {
  readonly name: string;
  readonly client: MatrixClient;
  readonly http: MatrixHttp;
  readonly random: Random;
  readonly protocol: Protocol;
  /** Ends even what has no answer yet. */
  readonly giveUp: AbortSignal;
}

/** What the answer to a request proves. */
export interface Effect {
  /** An event in a room. */
  readonly event?: { readonly marker: string; readonly roomId: (answer: Json) => string; readonly isOnce: boolean };
  /** The error that a repeated attempt gets where an earlier one had its effect. */
  readonly errorOfRepeated?: string;
}

/** A request with a transaction id may be repeated while the first attempt is still under way. */
const ATTEMPT_MS = 10_000;
/** @NOTE Without one, an attempt that is given up may have its effect late: longer than any attempt is worked on. */
const ONLY_ATTEMPT_MS = 40_000;
const MAX_ROOMS = 20;
/** Where the workload writes its marker into a content. */
export const MARKER = 'org.plexus.marker';

/** A user that does one thing after the other, and repeats each until it is answered. */
export class Actor {
  readonly #options: ActorOptions;
  readonly #entered = new Set<string>();
  #lastMarker = 0;
  #turns = 0;
  #answers = 0;

  constructor(options: ActorOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get userId(): string {
    return this.#options.client.userId;
  }

  get random(): Random {
    return this.#options.random;
  }

  /** Writes down that something is not as it must be. */
  complain(incident: string): void {
    this.#options.protocol.incidents.push(`${this.name}: ${incident}`);
  }

  addAccount(username: string): void {
    this.#options.protocol.usernames.push(username);
  }

  /** How much of what it asked for was answered. */
  get answers(): number {
    return this.#answers;
  }

  /** How often it has come to the end of what it did. */
  get turns(): number {
    return this.#turns;
  }

  async turn(act: (actor: Actor) => Promise<void>): Promise<void> {
    await act(this);
    this.#turns += 1;
  }

  newMarker(): string {
    return `${this.name}-${++this.#lastMarker}`;
  }

  /** Any of the rooms, in which it is. */
  async enterAnyRoom(): Promise<string> {
    const roomId = this.random.pick(this.#options.protocol.rooms);
    await this.enter(roomId);
    return roomId;
  }

  /** One of the rooms in which it is. */
  anyEnteredRoom(): string {
    return this.random.pick([...this.#entered]);
  }

  async enter(roomId: string): Promise<void> {
    if (this.#entered.has(roomId)) return;
    this.#entered.add(roomId);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/join`;
    await this.ask({ method: 'POST', path, body: {} });
  }

  /** Others act in it from now on, unless there are many already. */
  async addRoom(roomId: string): Promise<void> {
    if (this.#options.protocol.rooms.length >= MAX_ROOMS) return;
    this.#entered.add(roomId);
    this.#options.protocol.rooms.push(roomId);
    await this.#options.protocol.welcome(roomId);
  }

  /** Asks until it is answered, and notes what the answer proves. Nothing where it was given up or refused. */
  async ask(request: Request, effect?: Effect): Promise<Json | undefined> {
    const { http, client, protocol, giveUp } = this.#options;
    if (giveUp.aborted) return undefined;
    const { accessToken } = client.session;
    const attemptMs = effect?.event?.isOnce === true ? ATTEMPT_MS : ONLY_ATTEMPT_MS;
    const answered = await insist({ accessToken, ...request }, { http, attemptMs, signal: giveUp });
    if (answered.outcome === 'refused' && answered.isRepeated && answered.body['errcode'] === effect?.errorOfRepeated)
      return undefined;
    if (answered.outcome !== 'answered') {
      this.complain(`${request.method} ${request.path} ${answered.outcome}: ${JSON.stringify(answered)}`);
      return undefined;
    }
    this.#answers += 1;
    const { body } = answered;
    if (effect?.event === undefined) return body;
    const { marker, isOnce, roomId } = effect.event;
    const eventId = typeof body['event_id'] === 'string' ? textOf(body, 'event_id') : undefined;
    protocol.acknowledged.push({ marker, roomId: roomId(body), eventId, isOnce });
    return body;
  }
}
