import { randomBytes } from 'node:crypto';
import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { OutgoingTransaction, ResidencyReader, ResidentInterval, RoomLogRow } from '@plexus/storage';
import {
  PostgresCrossSigning,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresOutboundDeviceLists,
  PostgresOutboundPositions,
  PostgresOutboundReader,
  PostgresOutboundTransactor,
  PostgresOutgoingEdus,
} from '@plexus/storage-postgres';
import { RoomPlaces } from '@plexus/room-view';
import { FakeCache, FakeRooms, FakeTopicBroker, FakeTopics } from '@plexus/testing';
import { FairSlots, OutgoingQueues } from '@plexus/service-shell';
import {
  DESTINATION_SHARDS,
  destinationShardOf,
  FEDERATION_OUTBOUND,
  PRESENCE_EVENTS,
  ROOM_EPHEMERAL,
  ROOM_EVENTS,
} from '@plexus/topics';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { NO_FAILPOINTS } from '../src/failpoints.ts';
import { Outbound } from '../src/outbound.ts';
import type { OutboundObserver, OutboundPorts, OutboundSettings } from '../src/outbound-ports.ts';
import type { SendOutcome, TransactionSender } from '../src/queues/transaction-sender.ts';

export const HOSTED = new Set(['one.example', 'two.example']);
export const isHosted = (serverName: string): boolean => HOSTED.has(serverName);
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

/** Who was in rooms and when, by the rows of `FakeRooms`. */
export class FakeResidency implements ResidencyReader {
  readonly #rooms: FakeRooms;

  constructor(rooms: FakeRooms) {
    this.#rooms = rooms;
  }

  async readIntervals(
    shard: number,
    roomNids: readonly number[],
  ): Promise<{ position: number; rooms: Map<number, ResidentInterval[]> }> {
    const rows = this.#rooms.rows[shard] ?? [];
    return {
      position: rows.length,
      rooms: new Map(roomNids.map((roomNid) => [roomNid, intervalsOf(rows.filter((row) => row.roomNid === roomNid))])),
    };
  }
}

function intervalsOf(rows: readonly RoomLogRow[]): ResidentInterval[] {
  const joined = new Map<string, Set<string>>();
  const intervals = new Map<string, { joinedAt: number; leftAt: number; leftBefore: number }>();
  for (const { event, position } of rows) {
    const { type, state_key: userId, content } = JSON.parse(event?.json.toString() ?? '{}');
    if (type !== 'm.room.member') continue;
    const serverName = findServerName(userId) ?? '';
    const users = joined.get(serverName) ?? new Set();
    joined.set(serverName, users);
    const interval = intervals.get(serverName) ?? { joinedAt: 0, leftAt: 0, leftBefore: 0 };
    intervals.set(serverName, interval);
    const before = users.size;
    if (content.membership === 'join') users.add(userId);
    else users.delete(userId);
    if (before === 0 && users.size > 0) {
      interval.joinedAt = position - 1;
      interval.leftBefore = interval.leftAt;
    }
    if (before > 0 && users.size === 0) interval.leftAt = position;
  }
  return [...intervals].map(([serverName, interval]) => ({
    serverName,
    isResident: (joined.get(serverName)?.size ?? 0) > 0,
    ...interval,
  }));
}

/** A transaction as a destination got it. */
export interface GotTransaction {
  readonly origin: string;
  readonly destination: string;
  readonly transactionId: string;
  readonly body: string;
  readonly pdus: readonly { readonly type: string; readonly content: { readonly [key: string]: unknown } }[];
  readonly edus: readonly { readonly edu_type: string; readonly content: { readonly [key: string]: unknown } }[];
}

type Behaviour = (got: GotTransaction) => SendOutcome | Promise<SendOutcome>;

export const TAKEN: SendOutcome = { outcome: 'taken', refused: 0 };
export const FAILED: SendOutcome = { outcome: 'failed', because: 'connect' };

/** Other servers, as scripted: those that are not take everything. */
export class ScriptedDestinations implements TransactionSender {
  readonly got: GotTransaction[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  readonly inFlight = new Map<string, number>();
  /** The most transactions that one destination had under way at once. */
  mostInFlight = 0;

  async send(
    { origin, destination, transactionId }: { origin: string; destination: string; transactionId: string },
    bytes: Uint8Array,
  ): Promise<SendOutcome> {
    const body = Buffer.from(bytes).toString();
    const { pdus, edus } = JSON.parse(body);
    const got = { origin, destination, transactionId, body, pdus, edus };
    this.got.push(got);
    const name = `${origin} ${destination}`;
    const inFlight = (this.inFlight.get(name) ?? 0) + 1;
    this.inFlight.set(name, inFlight);
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
    try {
      return await (this.behaviours.get(destination)?.(got) ?? TAKEN);
    } finally {
      this.inFlight.set(name, (this.inFlight.get(name) ?? 1) - 1);
    }
  }

  /** Bodies of messages that a destination got, in order. */
  said(destination: string): unknown[] {
    return this.got
      .filter((got) => got.destination === destination)
      .flatMap((got) => got.pdus.map(({ content }) => content['body'] ?? content['membership']));
  }

  transactionsTo(destination: string): GotTransaction[] {
    return this.got.filter((got) => got.destination === destination);
  }
}

export class ListingObserver implements OutboundObserver {
  readonly sentTransactions: OutgoingTransaction[] = [];
  readonly outcomes: SendOutcome[] = [];
  readonly intervals: number[] = [];
  readonly givenUpBecause: string[] = [];
  readonly failures: unknown[] = [];
  distributedRows = 0;

  sent(transaction: OutgoingTransaction): void {
    this.sentTransactions.push(transaction);
  }
  notSent(_transaction: OutgoingTransaction, outcome: SendOutcome): void {
    this.outcomes.push(outcome);
  }
  backedOff(_key: object, intervalMs: number): void {
    this.intervals.push(intervalMs);
  }
  givenUp(_transaction: OutgoingTransaction, because: string): void {
    this.givenUpBecause.push(because);
  }
  distributed(rows: number): void {
    this.distributedRows += rows;
  }
  failed(_doing: string, error: unknown): void {
    this.failures.push(error);
  }
}

export interface OutboundHarness {
  readonly outbound: Outbound;
  readonly rooms: FakeRooms;
  readonly broker: FakeTopicBroker;
  readonly topics: FakeTopics;
  readonly destinations: ScriptedDestinations;
  readonly observer: ListingObserver;
  readonly edus: PostgresOutgoingEdus;
  /** Appends to the log and publishes. */
  append(event: Parameters<FakeRooms['append']>[0]): Promise<RoomLogRow>;
  join(roomId: string, userId: string): Promise<RoomLogRow>;
  leave(roomId: string, userId: string): Promise<RoomLogRow>;
  say(roomId: string, sender: string, body: string): Promise<RoomLogRow>;
  /** As an outside process would. */
  wake(origin: string, destination: string, isReachable: boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  readonly rooms?: FakeRooms;
  readonly broker?: FakeTopicBroker;
  readonly destinations?: ScriptedDestinations;
  readonly ports?: Partial<OutboundPorts>;
  readonly settings?: Partial<OutboundSettings>;
}

/** Sending to other servers over a real Postgres; topics, rooms and other servers are in memory. */
export function startOutbound(test: TestDatabase, options: HarnessOptions = {}): OutboundHarness {
  const rooms = options.rooms ?? new FakeRooms(ROOM_SHARDS);
  const broker = options.broker ?? new FakeTopicBroker(realClock);
  const topics = new FakeTopics(broker);
  const destinations = options.destinations ?? new ScriptedDestinations();
  const observer = new ListingObserver();
  broker.create({ topic: ROOM_EVENTS, partitions: ROOM_SHARDS });
  broker.create({ topic: ROOM_EPHEMERAL, partitions: ROOM_SHARDS });
  broker.create({ topic: PRESENCE_EVENTS, partitions: ROOM_SHARDS });
  broker.create({ topic: FEDERATION_OUTBOUND, partitions: DESTINATION_SHARDS });
  const outbound = new Outbound(
    {
      rooms,
      log: rooms,
      places: new RoomPlaces(rooms, new FakeCache()),
      residency: new FakeResidency(rooms),
      joinedHosts: new FakeCache(),
      events: new FakeCache(),
      positions: new PostgresOutboundPositions(test.database),
      userRooms: rooms,
      deviceLists: {
        changes: new PostgresDeviceLists(test.database),
        positions: new PostgresOutboundDeviceLists(test.database),
        deviceKeys: new PostgresDeviceKeys(test.database),
        crossSigning: new PostgresCrossSigning(test.database),
        queues: new OutgoingQueues({
          edus: new PostgresOutgoingEdus(test.database, destinationShardOf),
          producer: topics.producer,
          failed: (error) => observer.failed('hint', error),
        }),
      },
      contents: { execute: async () => {} },
      queues: new PostgresOutboundReader(test.database),
      transactor: new PostgresOutboundTransactor(test.database),
      topics,
      sender: destinations,
      slots: new FairSlots({ slots: 256, countedMs: 2_000 }, realClock),
      clock: realClock,
      random: { bytes: (length) => randomBytes(length), fraction: () => 1 / 3 },
      failpoints: NO_FAILPOINTS,
      observer,
      isHosted,
      allows: (_origin, destination) => destination !== 'denied.example',
      ...options.ports,
    },
    {
      roomShards: ROOM_SHARDS,
      hasPresence: true,
      address: 'here',
      backOff: { firstMs: 60_000, multiplier: 2, longestMs: 600_000 },
      quickRetries: 0,
      firstQuickRetryMs: 1,
      ...options.settings,
    },
  );
  outbound.start();
  const append: OutboundHarness['append'] = async (event) => {
    const row = rooms.append(event);
    await topics.producer.send(ROOM_EVENTS, row.shard, [{ key: row.roomId, value: rooms.recordOf(row) }]);
    return row;
  };
  const member = (roomId: string, userId: string, membership: string): Promise<RoomLogRow> =>
    append({ roomId, type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } });
  return {
    outbound,
    rooms,
    broker,
    topics,
    destinations,
    observer,
    edus: new PostgresOutgoingEdus(test.database, destinationShardOf),
    append,
    join: (roomId, userId) => member(roomId, userId, 'join'),
    leave: (roomId, userId) => member(roomId, userId, 'leave'),
    say: (roomId, sender, body) => append({ roomId, type: 'm.room.message', sender, content: { body } }),
    async wake(origin, destination, isReachable) {
      const value = { content: { $case: 'wake' as const, value: { origin, destination, isReachable } } };
      await topics.producer.send(FEDERATION_OUTBOUND, destinationShardOf(destination), [{ key: destination, value }]);
    },
    async stop() {
      await outbound.stop();
      await topics.close();
    },
  };
}
