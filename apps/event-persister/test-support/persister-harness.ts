import type { Clock } from '@plexus/matrix-base';
import type { RoomCommand, RoomCommandResult } from '@plexus/rpc';
import {
  PostgresRoomOwnerReader,
  PostgresRoomSummaryProjection,
  PostgresRoomTransactor,
  PostgresStagedEvents,
  PostgresUserRoomProjection,
  PostgresUserRoomReader,
} from '@plexus/storage-postgres';
import type { RoomTransactorOptions } from '@plexus/storage-postgres';
import { FakeCache, FakeHostedServers } from '@plexus/testing';
import { ROOM_GAPS } from '@plexus/topics';
import type { OutgoingRecord, Producer, RoomGapRecord, RoomLogRecord, TopicDefinition } from '@plexus/topics';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import type { EventPersisterOptions, EventPersisterPorts, PersisterObserver } from '../src/persister-ports.ts';
import { EventPersister } from '../src/event-persister.ts';
import type { PduReceipt } from '../src/in/pdu-consumer.ts';
import { WorkerStateResolver } from '../src/pdus/worker-state-resolver.ts';
import { NO_SEARCH } from '../src/searching/search-indexer.ts';
import { NO_MEMBERS } from '../src/remote-members/follow-members.ts';
import { NO_FAILPOINTS } from '../src/failpoints.ts';
import { ROOM_SHARDS, testRandom } from './commands.ts';

export const ALICE = '@alice:one.example';
export const BOB = '@bob:two.example';
export const CAROL = '@carol:one.example';

export const SHARDS = Array.from({ length: ROOM_SHARDS }, (_, shard) => shard);

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

/** `room.events` as a list; fails while `outage` is set. */
export class ListedTopic implements Producer {
  readonly records: RoomLogRecord[] = [];
  /** Of `room.gaps`. */
  readonly gaps: RoomGapRecord[] = [];
  outage: Error | undefined;

  async send<T>(topic: TopicDefinition<T>, _partition: number, sent: readonly OutgoingRecord<T>[]): Promise<number> {
    if (this.outage !== undefined) throw this.outage;
    if (topic.name === ROOM_GAPS.name) {
      for (const { value } of sent) this.gaps.push(value as RoomGapRecord);
      return 0;
    }
    const first = this.records.length;
    for (const { value } of sent) this.records.push(value as RoomLogRecord);
    return first;
  }

  depth(): [] {
    return [];
  }

  /** Positions of a shard in the order of their records. */
  positionsOf(shard: number): number[] {
    return this.records.filter((record) => record.shard === shard).map(({ position }) => position);
  }
}

/** Remembers what it was told. */
export class ListingObserver implements PersisterObserver {
  readonly #checks = new Set<() => void>();
  readonly notStoredOutcomes: string[] = [];
  readonly failures: unknown[] = [];
  readonly poisonings: string[] = [];
  readonly batchSizes: number[] = [];

  stored(work: { readonly done: readonly unknown[] }): void {
    this.batchSizes.push(work.done.length);
  }
  notStored(outcome: string): void {
    this.notStoredOutcomes.push(outcome);
  }
  failed(_doing: string, error: unknown): void {
    this.failures.push(error);
  }
  poisoned(_item: unknown, because: string): void {
    this.poisonings.push(because);
  }
  commandSettled(): void {}
  shardsOwned(): void {}
  readonly givenUp: string[] = [];
  pduGivenUp({ eventId }: { readonly eventId: string }): void {
    this.givenUp.push(eventId);
  }
  readonly receipts: PduReceipt[] = [];
  pduReceived(receipt: PduReceipt): void {
    this.receipts.push(receipt);
    for (const check of this.#checks) check();
  }

  /** Resolves when so many receipts have come in all. */
  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.receipts.length < count) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}

export interface PersisterHarness {
  readonly persister: EventPersister;
  readonly rooms: PostgresRoomOwnerReader;
  readonly userRooms: PostgresUserRoomReader;
  readonly topic: ListedTopic;
  readonly observer: ListingObserver;
  readonly servers: FakeHostedServers;
  execute(command: RoomCommand): Promise<NonNullable<RoomCommandResult['result']>>;
  /** Ids of the stored events; throws where the command was not stored. */
  store(command: RoomCommand): Promise<string[]>;
  stop(): Promise<void>;
}

export interface HarnessOptions extends Partial<EventPersisterOptions> {
  readonly ports?: Partial<EventPersisterPorts>;
  readonly transactor?: RoomTransactorOptions;
  readonly servers?: FakeHostedServers;
  readonly topic?: ListedTopic;
  /** Shards to take at once; all where nothing is given. */
  readonly shards?: readonly number[];
  readonly address?: string;
  /** Told when another process has taken a shard. */
  readonly fenced?: (shard: number) => void;
}

/** A persister over a real Postgres. */
export async function startPersister(test: TestDatabase, options: HarnessOptions = {}): Promise<PersisterHarness> {
  const servers = options.servers ?? new FakeHostedServers(['one.example', 'two.example', 'three.example']);
  const topic = options.topic ?? new ListedTopic();
  const observer = new ListingObserver();
  const rooms = new PostgresRoomOwnerReader(test.database, ROOM_SHARDS);
  const userRooms = new PostgresUserRoomReader(test.database);
  const resolver = new WorkerStateResolver(rooms);
  const persister = new EventPersister(
    {
      transactor: new PostgresRoomTransactor(test.database, options.transactor),
      roomPlaces: new FakeCache(),
      rooms,
      userRooms,
      staged: new PostgresStagedEvents(test.database),
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      servers,
      producer: topic,
      resolver,
      policy: { ask: async () => ({ outcome: 'unavailable', isTemporary: true, because: 'there is no network' }) },
      search: NO_SEARCH,
      members: NO_MEMBERS,
      clock: realClock,
      random: testRandom,
      failpoints: NO_FAILPOINTS,
      observer,
      commitsLost: async () => undefined,
      ...options.ports,
    },
    { roomShards: ROOM_SHARDS, ...options },
  );
  persister.start(options.address ?? 'here', options.fenced);
  await persister.take(options.shards ?? SHARDS);
  async function execute(command: RoomCommand): Promise<NonNullable<RoomCommandResult['result']>> {
    const { result } = await persister.handler.execute(command);
    if (result === undefined) throw new Error('no result');
    return result;
  }
  async function store(command: RoomCommand): Promise<string[]> {
    const result = await execute(command);
    if (result.$case !== 'stored') throw new Error(`not stored: ${JSON.stringify(result)}`);
    return result.value.eventIds;
  }
  async function stop(): Promise<void> {
    await persister.stop();
    await resolver.stop();
  }
  return { persister, rooms, userRooms, topic, observer, servers, execute, store, stop };
}
