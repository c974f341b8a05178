import { randomBytes } from 'node:crypto';
import type { Appservice } from '@plexus/appservices';
import type { Clock } from '@plexus/matrix-base';
import { RoomPlaces, StateReader } from '@plexus/room-view';
import type { AppservicesHandler } from '@plexus/rpc';
import { FairSlots, TracedRows } from '@plexus/service-shell';
import type { AppserviceTransactionRecord, RoomLogRow } from '@plexus/storage';
import {
  PostgresAppserviceAppender,
  PostgresAppserviceProjections,
  PostgresAppserviceQueues,
  PostgresAppserviceQueueStates,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresRoomAliases,
  PostgresToDeviceInbox,
} from '@plexus/storage-postgres';
import { FakeCache, FakeRooms, FakeTopicBroker, FakeTopics } from '@plexus/testing';
import {
  PRESENCE_EVENTS,
  ROOM_EPHEMERAL,
  ROOM_EVENTS,
  USER_EVENTS,
  USER_PARTITIONS,
  userPartitionOf,
} from '@plexus/topics';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { Delivery } from '../src/delivery.ts';
import type { DeliveryObserver, DeliveryPorts } from '../src/delivery-ports.ts';
import { NO_FAILPOINTS } from '../src/failpoints.ts';
import { AppservicesEndpoint } from '../src/in/appservices-endpoint.ts';
import type { SendOutcome, TransactionSender } from '../src/queues/transaction-sender.ts';
import { AskAppservices } from '../src/requests/ask-appservices.ts';
import { HOSTED, ListedAppservices } from './build-appservice.ts';

export const ROOM_SHARDS = 2;

export const realClock: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** A transaction as an application service got it. */
export interface GotTransaction {
  readonly appserviceId: string;
  readonly transactionId: string;
  readonly body: string;
  readonly content: { readonly [key: string]: readonly { readonly [key: string]: unknown }[] };
}

type Behaviour = (got: GotTransaction) => SendOutcome | Promise<SendOutcome>;

export const TAKEN: SendOutcome = { outcome: 'taken' };
export const FAILED: SendOutcome = { outcome: 'failed', because: 'connect' };

/** Application services, as scripted: those that are not take everything. */
export class ScriptedAppservices implements TransactionSender {
  readonly got: GotTransaction[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  readonly #inFlight = new Map<string, number>();
  /** The most transactions that one had under way at once. */
  mostInFlight = 0;

  async send(
    { id: appserviceId }: Appservice,
    { transactionId, body: bytes }: Pick<AppserviceTransactionRecord, 'transactionId' | 'body'>,
  ): Promise<SendOutcome> {
    const body = bytes.toString();
    const got = { appserviceId, transactionId, body, content: JSON.parse(body) };
    this.got.push(got);
    const inFlight = (this.#inFlight.get(appserviceId) ?? 0) + 1;
    this.#inFlight.set(appserviceId, inFlight);
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
    try {
      return await (this.behaviours.get(appserviceId)?.(got) ?? TAKEN);
    } finally {
      this.#inFlight.set(appserviceId, (this.#inFlight.get(appserviceId) ?? 1) - 1);
    }
  }

  to(appserviceId: string): GotTransaction[] {
    return this.got.filter((got) => got.appserviceId === appserviceId);
  }

  /** Bodies of messages, or else memberships and types, in order. */
  said(appserviceId: string): unknown[] {
    return this.list(appserviceId, 'events').map((event) => {
      const content = event['content'] as { readonly [key: string]: unknown };
      return content['body'] ?? content['membership'] ?? event['type'];
    });
  }

  list(appserviceId: string, kind: string): { readonly [key: string]: unknown }[] {
    return this.to(appserviceId).flatMap(({ content }) => content[kind] ?? []);
  }
}

export class ListingObserver implements DeliveryObserver {
  readonly failures: unknown[] = [];
  readonly intervals: number[] = [];
  readonly up: string[] = [];
  retries = 0;

  sent(): void {}
  notSent(_transaction: AppserviceTransactionRecord, _because: string, intervalMs: number): void {
    this.intervals.push(intervalMs);
  }
  retried(): void {
    this.retries += 1;
  }
  cameUp(appserviceId: string): void {
    this.up.push(appserviceId);
  }
  distributed(): void {}
  failed(doing: string, error: unknown): void {
    this.failures.push([doing, error]);
  }
}

export interface DeliveryHarness {
  readonly delivery: Delivery;
  readonly registry: ListedAppservices;
  readonly rooms: FakeRooms;
  readonly broker: FakeTopicBroker;
  readonly topics: FakeTopics;
  readonly appservices: ScriptedAppservices;
  readonly observer: ListingObserver;
  readonly endpoint: AppservicesEndpoint;
  /** Appends to the log and publishes. */
  append(event: Parameters<FakeRooms['append']>[0]): Promise<RoomLogRow>;
  publish(row: RoomLogRow): Promise<void>;
  member(roomId: string, userId: string, membership: string, sender?: string): Promise<RoomLogRow>;
  say(roomId: string, sender: string, body: string): Promise<RoomLogRow>;
  hint(userId: string): Promise<void>;
  stop(): Promise<void>;
}

export interface HarnessOptions extends Partial<
  Pick<DeliveryHarness, 'rooms' | 'broker' | 'appservices' | 'registry'>
> {
  readonly address?: string;
  readonly ports?: Partial<DeliveryPorts>;
  /** Where others find this one, and it finds others. */
  readonly endpoints?: Map<string, AppservicesHandler>;
}

/** Delivery over a real Postgres; topics, rooms and application services are in memory. */
export async function startDelivery(test: TestDatabase, options: HarnessOptions = {}): Promise<DeliveryHarness> {
  const { address = 'here', endpoints = new Map() } = options;
  const rooms = options.rooms ?? new FakeRooms(ROOM_SHARDS);
  const broker = options.broker ?? new FakeTopicBroker(realClock);
  const registry = options.registry ?? new ListedAppservices();
  const appservices = options.appservices ?? new ScriptedAppservices();
  const topics = new FakeTopics(broker);
  const observer = new ListingObserver();
  for (const topic of [ROOM_EVENTS, ROOM_EPHEMERAL, PRESENCE_EVENTS]) broker.create({ topic, partitions: ROOM_SHARDS });
  broker.create({ topic: USER_EVENTS, partitions: USER_PARTITIONS });
  const inbox = new PostgresToDeviceInbox(test.database);
  const delivery = new Delivery(
    {
      registry,
      rooms,
      places: new RoomPlaces(rooms, new FakeCache()),
      states: new StateReader(rooms, new FakeCache()),
      log: rooms,
      aliases: new PostgresRoomAliases(test.database),
      appender: new PostgresAppserviceAppender(test.database),
      projections: new PostgresAppserviceProjections(test.database),
      queues: new PostgresAppserviceQueues(test.database),
      queueStates: new PostgresAppserviceQueueStates(test.database),
      waiting: inbox,
      inbox,
      deviceLists: new PostgresDeviceLists(test.database),
      deviceKeys: new PostgresDeviceKeys(test.database),
      topics,
      channels: { channelTo: (to) => endpointAt(endpoints, to) },
      sender: appservices,
      slots: new FairSlots({ slots: 128, countedMs: 2_000 }, realClock),
      clock: realClock,
      random: { bytes: (length) => randomBytes(length), fraction: () => 1 / 3 },
      tracedRows: new TracedRows(),
      failpoints: NO_FAILPOINTS,
      observer,
      hostedServers: () => HOSTED.map((serverName) => ({ serverName })),
      isHosted: (serverName) => HOSTED.includes(serverName),
      ...options.ports,
    },
    { roomShards: ROOM_SHARDS, hasPresence: true, address, keepSentMs: 3_600_000 },
  );
  const http = { ask: async () => ({ outcome: 'no-url' as const }) };
  const find = (id: string): Appservice | undefined => registry.all().find((one) => one.id === id);
  const ask = new AskAppservices({ registry: { find }, http, clock: realClock, timeoutMs: 1_000 });
  const endpoint = new AppservicesEndpoint({
    ask,
    wake: delivery.wake,
    orders: delivery.orders,
    tracedRows: new TracedRows(),
  });
  endpoints.set(address, endpoint);
  await delivery.start();
  const publish = async (row: RoomLogRow): Promise<void> => {
    await topics.producer.send(ROOM_EVENTS, row.shard, [{ key: row.roomId, value: rooms.recordOf(row) }]);
  };
  const append: DeliveryHarness['append'] = async (event) => {
    const row = rooms.append(event);
    await publish(row);
    return row;
  };
  return {
    delivery,
    registry,
    rooms,
    broker,
    topics,
    appservices,
    observer,
    endpoint,
    append,
    publish,
    member: (roomId, userId, membership, sender = userId) =>
      append({ roomId, type: 'm.room.member', sender, stateKey: userId, content: { membership } }),
    say: (roomId, sender, body) => append({ roomId, type: 'm.room.message', sender, content: { body } }),
    async hint(userId) {
      const value = { userId, position: 1, deviceListChanged: false, generation: 1 };
      await topics.producer.send(USER_EVENTS, userPartitionOf(userId), [{ key: userId, value }]);
    },
    async stop() {
      await delivery.stop();
      await topics.close();
    },
  };
}

function endpointAt(endpoints: ReadonlyMap<string, AppservicesHandler>, address: string): AppservicesHandler {
  const endpoint = endpoints.get(address);
  if (endpoint === undefined) throw new TypeError(`nobody is at ${address}`);
  return endpoint;
}
