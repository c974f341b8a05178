import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { Acknowledged } from '../../support/faults/history.ts';
import type { Random } from '../../support/faults/random.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { checkAccount, chooseAction, ROOM, sendTo, sendToEnteredRoom } from './actions.ts';
import type { Action } from './actions.ts';
import { Actor } from './actor.ts';
import type { Protocol } from './actor.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { Observer } from './observer.ts';
import { openRemoteSide } from './remote-side.ts';
import type { RemoteSender } from './remote-sender.ts';
import type { RemoteSide } from './remote-side.ts';

export interface WorkloadSize {
  readonly actors: number;
  readonly rooms: number;
  /** Users of another server, each in a room of its own. */
  readonly remoteSenders: number;
  /** An actor pauses up to so long between two requests. */
  readonly pauseMs: number;
}

/** What still has no answer so long after the last fault is healed is lost. */
const LAST_ANSWER_MS = 90_000;
/** @NOTE The topic takes PDUs faster than a busy machine stores them: they must not pile up for minutes. */
const REMOTE_PAUSE_MS = 500;
const VERSIONS = ['12', '11', '10', '6', '3', '1'];

/**
 * Clients that change rooms, and clients that watch them. It stops by itself when it is told to.
 */
export class Workload {
  readonly observers: readonly Observer[];
  readonly #actors: readonly Actor[];
  readonly #remote: RemoteSide;
  readonly #protocol: Protocol;
  readonly #size: WorkloadSize;
  readonly #stopping = new AbortController();
  #silence = new AbortController();
  #speaking: Promise<unknown> = Promise.resolve();
  readonly #givingUp: AbortController;
  readonly #https: readonly MatrixHttp[];
  #running: Promise<unknown> = Promise.resolve();
  #onlySends = false;

  private constructor(parts: WorkloadParts) {
    this.observers = parts.observers;
    this.#actors = parts.actors;
    this.#remote = parts.remote;
    this.#protocol = parts.protocol;
    this.#size = parts.size;
    this.#givingUp = parts.givingUp;
    this.#https = parts.https;
  }

  /** Users and rooms, as long as nothing is broken yet; then everybody begins. */
  static async start(deployment: Deployment, random: Random, size: WorkloadSize): Promise<Workload> {
    const workload = new Workload(await prepare(deployment, random, size));
    await Promise.all(workload.observers.map((observer) => observer.start()));
    workload.#run();
    return workload;
  }

  get rooms(): readonly string[] {
    return [...this.#protocol.rooms, ...this.#remote.rooms];
  }

  get acknowledged(): Protocol['acknowledged'] {
    return this.#protocol.acknowledged;
  }

  /** Events of the other server that the topic has taken. */
  get remotelyAcknowledged(): readonly string[] {
    return this.acknowledged.flatMap(({ roomId, eventId }) =>
      eventId !== undefined && this.#remote.rooms.includes(roomId) ? [eventId] : [],
    );
  }

  get incidents(): readonly string[] {
    return [...this.#protocol.incidents, ...this.observers.flatMap(({ problems }) => problems)];
  }

  /** How often the slowest of all was answered, but for those who ask seldom. */
  get slowest(): number {
    const attentive = this.observers.filter(({ isAttentive }) => isAttentive);
    return Math.min(...[...this.#actors, ...this.#remote.senders, ...attentive].map(({ answers }) => answers));
  }

  /** Nobody appends PDUs meanwhile; everybody else goes on. */
  async whileRemoteIsSilent(work: (senders: readonly RemoteSender[]) => Promise<void>): Promise<void> {
    this.#silence.abort();
    await this.#speaking;
    try {
      await work(this.#remote.senders);
    } finally {
      this.#speak();
    }
  }

  /** Meanwhile actors only send messages, into rooms that they are in; what they began before has been answered when `work` begins. */
  async whileOnlySending(work: () => Promise<void>): Promise<void> {
    this.#onlySends = true;
    try {
      const before = new Map(this.#actors.map((actor) => [actor, actor.turns]));
      const haveTurned = (): boolean => this.#actors.every((actor) => actor.turns > (before.get(actor) ?? 0) + 1);
      await waitUntil('actors that only send', LAST_ANSWER_MS, haveTurned);
      await work();
    } finally {
      this.#onlySends = false;
    }
  }

  /** Acknowledged messages that are gone because of a failover that loses commits are not missed; gives how many. */
  forgive(
    isGone: (acknowledged: Acknowledged) => boolean,
    { from, to }: { readonly from: number; readonly to: number },
  ): number {
    const { acknowledged, rooms } = this.#protocol;
    const gone = new Set(acknowledged.slice(from, to).filter((one) => rooms.includes(one.roomId) && isGone(one)));
    const kept = acknowledged.filter((one) => !gone.has(one));
    acknowledged.splice(0, acknowledged.length, ...kept);
    return gone.size;
  }

  /** What everybody asked for is answered, or will never be; then each room gets a last message, and each account a login. */
  async stopActors(): Promise<void> {
    const tooLate = setTimeout(() => this.#givingUp.abort(), LAST_ANSWER_MS);
    this.#stopping.abort();
    await Promise.all([this.#running, this.#speaking]);
    const [last] = this.#actors;
    if (last !== undefined) await this.#finish(last);
    for (const observer of this.observers) observer.hurry();
    clearTimeout(tooLate);
  }

  async #finish(last: Actor): Promise<void> {
    for (const roomId of this.#protocol.rooms) {
      await last.enter(roomId);
      await sendTo(last, roomId);
    }
    for (const username of this.#protocol.usernames) await checkAccount(last, username);
  }

  /** Ends what still runs, whatever state it is in. */
  async end(): Promise<void> {
    this.#stopping.abort();
    this.#givingUp.abort();
    await Promise.all(this.observers.map((observer) => observer.stop()));
    await Promise.all([this.#running, this.#speaking]);
    await this.#remote.close();
    for (const http of this.#https) http.close();
  }

  #run(): void {
    const { signal } = this.#stopping;
    this.#running = Promise.all(
      this.#actors.map((actor) =>
        this.#repeat(() => actor.turn(this.#choose(actor)), { signal, random: actor.random }),
      ),
    );
    this.#speak();
  }

  #choose(actor: Actor): Action {
    return this.#onlySends ? sendToEnteredRoom : chooseAction(actor);
  }

  #speak(): void {
    this.#silence = new AbortController();
    const signal = AbortSignal.any([this.#silence.signal, this.#stopping.signal]);
    const { senders, random } = this.#remote;
    this.#speaking = Promise.all(
      senders.map((sender) => this.#repeat(() => sender.speak(), { signal, random, pauseMs: REMOTE_PAUSE_MS })),
    );
  }

  async #repeat(act: () => Promise<void>, { signal, random, pauseMs = this.#size.pauseMs }: Pace): Promise<void> {
    while (!signal.aborted) {
      await act();
      await delay(random.integer(pauseMs));
    }
  }
}

interface Pace {
  readonly signal: AbortSignal;
  readonly random: Random;
  readonly pauseMs?: number;
}

interface WorkloadParts {
  readonly observers: readonly Observer[];
  readonly actors: readonly Actor[];
  readonly remote: RemoteSide;
  readonly protocol: Protocol;
  readonly size: WorkloadSize;
  readonly givingUp: AbortController;
  readonly https: readonly MatrixHttp[];
}

/** Who watches: at each replica of `sync`, at all of them in turn, and some who come back after a while. */
const watching: readonly { readonly name: string; readonly replica?: number; readonly looksAwayMs?: number }[] = [
  { name: 'watcher-one', replica: 0 },
  { name: 'watcher-two', replica: 1 },
  { name: 'watcher-both' },
  { name: 'seldom-one', replica: 0, looksAwayMs: 20_000 },
  { name: 'seldom-two', replica: 1, looksAwayMs: 30_000 },
];

async function prepare(deployment: Deployment, random: Random, size: WorkloadSize): Promise<WorkloadParts> {
  const http = new MatrixHttp(deployment);
  const givingUp = new AbortController();
  const watchers: Actor[] = [];
  const protocol: Protocol = {
    acknowledged: [],
    incidents: [],
    rooms: [],
    usernames: [],
    welcome: async (roomId) => void (await Promise.all(watchers.map((watcher) => watcher.enter(roomId)))),
  };
  const actorOf = (name: string, client: MatrixClient): Actor =>
    new Actor({ name, client, http, random: random.fork(), protocol, giveUp: givingUp.signal });
  const https = [http];
  const observers: Observer[] = [];
  for (const { name, replica, ...manner } of watching) {
    const client = await http.register(name);
    const own = replica === undefined ? http : new MatrixHttp(deployment.routesTo(replica));
    https.push(own);
    watchers.push(actorOf(name, client));
    observers.push(new Observer({ name, client, http: own, ...manner }));
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
  const giveUp = givingUp.signal;
  const ports = { deployment, creator, watchers, protocol, giveUp, random: random.fork() };
  const remote = await openRemoteSide(size.remoteSenders, ports);
  return { observers, actors, remote, protocol, size, givingUp, https };
}
