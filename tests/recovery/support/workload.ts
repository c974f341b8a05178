import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { Random } from '../../support/faults/random.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { chooseAction, ROOM, sendTo } from './actions.ts';
import { Actor } from './actor.ts';
import type { Protocol } from './actor.ts';
import { Observer } from './observer.ts';

export interface WorkloadSize {
  readonly actors: number;
  readonly rooms: number;
  /** An actor pauses up to so long between two requests. */
  readonly pauseMs: number;
}

/** What still has no answer so long after the last fault is healed is lost. */
const LAST_ANSWER_MS = 90_000;
const VERSIONS = ['12', '11', '10', '6', '3', '1'];

/**
 * Clients that change rooms, and clients that watch them: one observer at each replica of `sync`, one that changes between them. It
 * stops by itself when it is told to.
 */
export class Workload {
  readonly observers: readonly Observer[];
  readonly #actors: readonly Actor[];
  readonly #protocol: Protocol;
  readonly #size: WorkloadSize;
  readonly #stopping = new AbortController();
  readonly #givingUp: AbortController;
  readonly #https: readonly MatrixHttp[];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(parts: WorkloadParts) {
    this.observers = parts.observers;
    this.#actors = parts.actors;
    this.#protocol = parts.protocol;
    this.#size = parts.size;
    this.#givingUp = parts.givingUp;
    this.#https = parts.https;
  }

  /** Users and rooms, as long as nothing is broken yet; then everybody begins. */
  static async start(deployment: Deployment, random: Random, size: WorkloadSize): Promise<Workload> {
    const workload = new Workload(await prepare(deployment, random, size));
    await Promise.all(workload.observers.map((observer) => observer.start()));
    workload.#running = Promise.all(workload.#actors.map((actor) => workload.#act(actor)));
    return workload;
  }

  get rooms(): readonly string[] {
    return this.#protocol.rooms;
  }

  get acknowledged(): Protocol['acknowledged'] {
    return this.#protocol.acknowledged;
  }

  get incidents(): readonly string[] {
    return [...this.#protocol.incidents, ...this.observers.flatMap(({ problems }) => problems)];
  }

  /** How often the slowest actor and the slowest observer were answered. */
  get slowest(): number {
    return Math.min(...this.#actors.map(({ answers }) => answers), ...this.observers.map(({ answers }) => answers));
  }

  /** What everybody asked for is answered, or will never be; then each room gets a last message. */
  async stopActors(): Promise<void> {
    const tooLate = setTimeout(() => this.#givingUp.abort(), LAST_ANSWER_MS);
    this.#stopping.abort();
    await this.#running;
    const [last] = this.#actors;
    for (const roomId of this.rooms) {
      await last?.enter(roomId);
      if (last !== undefined) await sendTo(last, roomId);
    }
    clearTimeout(tooLate);
  }

  /** Ends what still runs, whatever state it is in. */
  async end(): Promise<void> {
    this.#stopping.abort();
    this.#givingUp.abort();
    await Promise.all(this.observers.map((observer) => observer.stop()));
    await this.#running;
    for (const http of this.#https) http.close();
  }

  async #act(actor: Actor): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await chooseAction(actor)(actor);
      await delay(actor.random.integer(this.#size.pauseMs));
    }
  }
}

interface WorkloadParts {
  readonly observers: readonly Observer[];
  readonly actors: readonly Actor[];
  readonly protocol: Protocol;
  readonly size: WorkloadSize;
  readonly givingUp: AbortController;
  readonly https: readonly MatrixHttp[];
}

async function prepare(deployment: Deployment, random: Random, size: WorkloadSize): Promise<WorkloadParts> {
  const http = new MatrixHttp(deployment);
  const givingUp = new AbortController();
  const watchers: Actor[] = [];
  const protocol: Protocol = {
    acknowledged: [],
    incidents: [],
    rooms: [],
    welcome: async (roomId) => void (await Promise.all(watchers.map((watcher) => watcher.enter(roomId)))),
  };
  const actorOf = (name: string, client: MatrixClient): Actor =>
    new Actor({ name, client, http, random: random.fork(), protocol, giveUp: givingUp.signal });
  const routes = [deployment.routesTo(0), deployment.routesTo(1), deployment].map((one) => new MatrixHttp(one));
  const observers: Observer[] = [];
  for (const [index, name] of ['watcher-one', 'watcher-two', 'watcher-both'].entries()) {
    const client = await http.register(name);
    watchers.push(actorOf(name, client));
    observers.push(new Observer({ name, client, http: routes[index] ?? http }));
  }
  const actors: Actor[] = [];
  for (let index = 0; index < size.actors; index += 1) {
    const name = `actor-${index}`;
    actors.push(actorOf(name, await http.register(name)));
  }
  const creator = await http.register('creator');
  for (let index = 0; index < size.rooms; index += 1) {
    const room_version = VERSIONS[index % VERSIONS.length];
    const roomId = await creator.createRoom({ ...ROOM, room_version });
    protocol.rooms.push(roomId);
    for (const one of [...watchers, ...actors]) await one.enter(roomId);
  }
  return { observers, actors, protocol, size, givingUp, https: [http, ...routes] };
}
