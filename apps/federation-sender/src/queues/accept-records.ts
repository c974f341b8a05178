import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { OutboundReader, QueueKey } from '@plexus/storage';
import { FEDERATION_OUTBOUND } from '@plexus/topics';
import type {
  FederationOutboundRecord,
  OutboundEdu,
  OutboundEvent,
  OutboundWake,
  RecordBatch,
  RecordHandler,
  StartOffset,
  TopicReset,
} from '@plexus/topics';
import type { SeenOfLog } from '../destinations/redistribute-log.ts';
import type { DestinationQueue } from './destination-queue.ts';
import { nameOfQueue, newDestination } from './destination-queue.ts';
import { newestOfRooms } from './newest-of-rooms.ts';
import type { LostRows } from './lost-rows.ts';
import type { OpenRecord } from './open-records.ts';
import type { OutboundWriter } from './outbound-writer.ts';
import type { OwnedDestinations } from './owned-destinations.ts';
import { orderOf } from './record-order.ts';
import type { RunQueue } from './run-queue.ts';
import { isLasting } from './waiting-edus.ts';

export interface AcceptRecordsPorts {
  readonly shards: ReadonlyMap<number, OwnedDestinations>;
  readonly reader: Pick<OutboundReader, 'findDestinations'>;
  readonly writer: Pick<OutboundWriter, 'store'>;
  readonly run: Pick<RunQueue, 'start'>;
  readonly clock: Clock;
  readonly lostRows: Pick<LostRows, 'load' | 'has'>;
  /** What a shard of destinations has not seen of the room log. */
  redistribute(shard: number, seen: SeenOfLog): AsyncIterable<readonly OutboundEvent[]>;
  failed(doing: string, error: unknown): void;
}

/** So many events wait in the memory for one destination; with more, one that does not answer falls behind, and one that does is waited for. */
const MOST_QUEUED = 1_000;
/** So many records of one shard may be in the memory only; with more, who waits longest falls behind. */
const MOST_OPEN = 10_000;
/**
 * Who leaves a transaction without an answer for so long is not waited for.
 *
 * @NOTE What this side takes until it asks does not count: after a start on a busy machine that may be seconds.
 */
const ANSWERS_WITHIN_MS = 2_000;
/** Nor one that the others of its shard were held up for so long in all, until it has got everything. */
const WAITED_FOR_MS = 20_000;
const LOOK_MS = 10;
/** Of an event that is in no topic any more. */
const LOST = -1;
const NO_EDUS = '[]';

type Record = RecordBatch<FederationOutboundRecord>['records'][number];

/**
 * Puts the records of `federation.outbound` into the queues of their destinations. Nothing here waits for a destination: one that is
 * slow has its events in memory up to a bound, then in rows.
 */
export class AcceptRecords implements RecordHandler<FederationOutboundRecord> {
  readonly #ports: AcceptRecordsPorts;

  constructor(ports: AcceptRecordsPorts) {
    this.#ports = ports;
  }

  /** Where reading begins: at the offset that is stored, if it is of this making of the topic. Throws until the shard is ours. */
  async startOffset(partition: number, incarnation: string): Promise<StartOffset> {
    const owned = this.#owned(partition);
    const { records } = owned;
    if (records.incarnation === incarnation && !records.isRecovering) return records.nextOffset;
    records.reset(0, incarnation);
    await this.#recover(owned);
    return 'earliest';
  }

  async handle({ partition, records, done }: RecordBatch<FederationOutboundRecord>): Promise<void> {
    const owned = this.#owned(partition);
    const unread = records.filter(({ offset }) => offset >= owned.records.nextOffset);
    await this.#ports.lostRows.load(unread.flatMap(({ value: { content } }) => generationOf(content)));
    await this.#openQueues(
      owned,
      unread.flatMap(({ value }) => queuesOf(value)),
    );
    const touched = new Set<DestinationQueue>();
    for (const record of records) this.#accept(owned, record, touched);
    await this.#settle(owned, touched);
    const last = records.at(-1);
    if (last !== undefined) done(last);
    for (const queue of touched) this.#ports.run.start(owned, queue);
  }

  /** Nobody writes such records: it counts as a failure, and the rest goes on. */
  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  async reset({ partition, incarnation, nextOffset }: TopicReset): Promise<void> {
    const owned = this.#ports.shards.get(partition);
    if (owned === undefined) return;
    owned.records.reset(nextOffset, incarnation);
    await this.#recover(owned);
  }

  failed(error: unknown): void {
    this.#ports.failed(`read ${FEDERATION_OUTBOUND.name}`, error);
  }

  #owned(shard: number): OwnedDestinations {
    const owned = this.#ports.shards.get(shard);
    if (owned === undefined || owned.isGone) throw new StorageError(`destination shard ${shard} is not ours`);
    return owned;
  }

  /** Takes from the room log what the former topic may have had beyond what was read of it; then new records come. */
  async #recover(owned: OwnedDestinations): Promise<void> {
    const { records, shard } = owned;
    if (!records.isRecovering) return;
    for await (const events of this.#ports.redistribute(shard, records)) {
      await this.#openQueues(owned, events.flatMap(queuesOfEvent));
      const touched = new Set<DestinationQueue>();
      for (const event of events) this.#acceptEvent(owned, { event, offset: undefined }, touched);
      await this.#settle(owned, touched);
      for (const queue of touched) this.#ports.run.start(owned, queue);
    }
    records.recovered();
  }

  /** Nothing holds more than it may. */
  async #settle(owned: OwnedDestinations, touched: ReadonlySet<DestinationQueue>): Promise<void> {
    await this.#letDrain(owned, touched);
    await this.#postponeOfThoseBehind(owned, touched);
    await this.#relieve(owned);
    if (owned.isGone) throw new StorageError(`destination shard ${owned.shard} is not ours`);
  }

  /** Reads the rows of destinations that are not in the memory: one query, whatever happens to them next. */
  async #openQueues(owned: OwnedDestinations, keys: readonly QueueKey[]): Promise<void> {
    const { reader, clock } = this.#ports;
    const missing = new Map<string, QueueKey>();
    for (const key of keys) if (owned.find(key) === undefined) missing.set(nameOfQueue(key), key);
    if (missing.size === 0) return;
    const found = await reader.findDestinations(owned.shard, [...missing.values()]);
    for (const record of found) {
      owned.open(record, clock.now());
      missing.delete(nameOfQueue(record));
    }
    for (const key of missing.values()) owned.open(newDestination(key), clock.now());
  }

  #accept(owned: OwnedDestinations, { value: { content }, offset }: Record, touched: Set<DestinationQueue>): void {
    if (offset < owned.records.nextOffset) return;
    if (content?.$case === 'event') return this.#acceptEvent(owned, { event: content.value, offset }, touched);
    owned.records.pass(offset);
    if (content?.$case === 'edu') this.#acceptEdu(owned, content.value, touched);
    if (content?.$case === 'wake') this.#acceptWake(owned, content.value, touched);
  }

  #acceptEvent(
    owned: OwnedDestinations,
    { event, offset = LOST }: { readonly event: OutboundEvent; readonly offset: number | undefined },
    touched: Set<DestinationQueue>,
  ): void {
    const { roomShard, roomNid, roomId, eventNid, position, generation, origin } = event;
    const order = orderOf(event);
    const isLost = offset === LOST;
    // @NOTE What was written of a row that a failover has lost names an event that is gone.
    if (this.#ports.lostRows.has(event) || !owned.records.isNew(roomShard, order, generation)) {
      if (!isLost) owned.records.pass(offset);
      return;
    }
    const acceptedAt = this.#ports.clock.now();
    const record: OpenRecord = { offset, roomShard, roomNid, roomId, eventNid, position, acceptedAt, waiting: 0 };
    for (const destination of event.destinations) {
      const queue = owned.find({ origin, destination });
      if (queue === undefined || (!isLost && queue.hasTaken(offset, owned.records.incarnation))) continue;
      queue.addEvent(record);
      touched.add(queue);
    }
    if (isLost) owned.records.takeLost(record, order);
    else owned.records.take(record, order);
  }

  /** @NOTE Also where the destination is behind but there. What is only of now is nothing for one that is left alone. */
  #acceptEdu(
    owned: OwnedDestinations,
    { origin, destinations, eduType, key, content }: OutboundEdu,
    touched: Set<DestinationQueue>,
  ): void {
    const now = this.#ports.clock.now();
    for (const destination of destinations) {
      const queue = owned.find({ origin, destination });
      if (queue === undefined || (queue.isLeftAlone(now) && !isLasting(eduType))) continue;
      queue.addLossy(key, { eduType, content });
      if (queue.isLeftAlone(now)) queue.keepLasting(NO_EDUS);
      else touched.add(queue);
    }
  }

  #acceptWake(owned: OwnedDestinations, wake: OutboundWake, touched: Set<DestinationQueue>): void {
    const queue = owned.find(wake);
    if (queue === undefined) return;
    if (!wake.isReachable) queue.hasStoredEdus = true;
    else if (queue.record.retryIntervalMs > 0) {
      queue.retryAt = undefined;
      queue.record = { ...queue.record, retryIntervalMs: 0, retryLastAt: 0, dueInMs: 0 };
      queue.mustStore = true;
    }
    touched.add(queue);
  }

  /**
   * Where many events come at once, after this side was away, the rest waits in the topic: a destination that takes what it is given gets all
   * of it. One that is slow for good falls behind in the end, so that it does not hold the others up for ever.
   */
  async #letDrain(owned: OwnedDestinations, touched: ReadonlySet<DestinationQueue>): Promise<void> {
    const { clock, run } = this.#ports;
    for (;;) {
      const since = clock.now() - ANSWERS_WITHIN_MS;
      const crowded = [...touched].filter((queue) => {
        const isWaitedFor = (queue.askedAt ?? since) >= since && queue.waitedForMs < WAITED_FOR_MS;
        return !queue.isBehind && queue.events.length > MOST_QUEUED && isWaitedFor;
      });
      if (crowded.length === 0 || owned.isGone || owned.isDraining) return;
      const begun = clock.now();
      for (const queue of crowded) run.start(owned, queue);
      await clock.delay(LOOK_MS);
      for (const queue of crowded) queue.waitedForMs += clock.now() - begun;
    }
  }

  /** Events of destinations that are behind, or would hold too many, go into rows. */
  async #postponeOfThoseBehind(owned: OwnedDestinations, touched: ReadonlySet<DestinationQueue>): Promise<void> {
    await Promise.all(
      [...touched].map(async (queue) => {
        const isTooLong = queue.events.length > MOST_QUEUED;
        if (isTooLong || (queue.isBehind && queue.events.length > 0) || queue.mustStore)
          await this.#postpone(owned, queue);
      }),
    );
  }

  async #postpone(owned: OwnedDestinations, queue: DestinationQueue): Promise<void> {
    const waiting = queue.events;
    queue.events = [];
    queue.mustStore = false;
    const last = waiting.at(-1);
    const isNew = !queue.isBehind && waiting.length > 0;
    queue.record = {
      ...queue.record,
      ...(isNew && { isBehind: true, dueInMs: 0 }),
      ...(last !== undefined && { takenOffset: last.offset + 1, takenIncarnation: owned.records.incarnation }),
      ...(queue.retryAt !== undefined && { dueInMs: Math.max(0, queue.retryAt - this.#ports.clock.now()) }),
    };
    const change = { shard: owned.shard, destination: queue.record, postponed: newestOfRooms(waiting) };
    const outcome = await queue.postponeWith(() => this.#ports.writer.store(owned, change));
    if (outcome === 'stored') for (const record of waiting) record.waiting -= 1;
  }

  /** Where the memory holds too much, the destinations that wait longest fall behind. */
  async #relieve(owned: OwnedDestinations): Promise<void> {
    while (owned.records.size > MOST_OPEN && !owned.isGone) {
      const { oldest } = owned.records;
      const holders = [...owned.queues.values()].filter(({ events }) => oldest !== undefined && events[0] === oldest);
      // Being stored at this moment.
      if (holders.length === 0) return;
      await Promise.all(holders.map((queue) => this.#postpone(owned, queue)));
    }
  }
}

function generationOf(content: FederationOutboundRecord['content']): number[] {
  return content?.$case === 'event' ? [content.value.generation] : [];
}

function queuesOf({ content }: FederationOutboundRecord): QueueKey[] {
  if (content === undefined) return [];
  const { origin } = content.value;
  return content.$case === 'wake' ? [{ origin, destination: content.value.destination }] : queuesOfEvent(content.value);
}

function queuesOfEvent({ origin, destinations }: Pick<OutboundEvent, 'origin' | 'destinations'>): QueueKey[] {
  return destinations.map((destination) => ({ origin, destination }));
}
