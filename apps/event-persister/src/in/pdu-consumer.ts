import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { RoomOwnerReader } from '@plexus/storage';
import { FEDERATION_PDUS } from '@plexus/topics';
import type {
  FederationPduRecord,
  RecordBatch,
  RecordHandler,
  StartOffset,
  TopicRecord,
  TopicReset,
  UndecodableRecord,
} from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';
import { DropParkedItem } from '../pdus/drop-parked-item.ts';
import { GapSweep } from '../pdus/gap-sweep.ts';
import { Parking, recordOfParked } from '../pdus/parking.ts';
import type { WaitingPlace } from '../pdus/parking.ts';
import type { PduItemPorts } from '../pdus/pdu-item.ts';
import { PduItem } from '../pdus/pdu-item.ts';
import type { ReceivePduPorts } from '../pdus/receive-pdu.ts';
import { SetAsideItem } from '../pdus/set-aside-item.ts';
import type { SetAsideRecord } from '../pdus/set-aside-item.ts';
import type { GapAnnouncer } from '../out/gap-announcer.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import type { UnitOfWork } from '../writing/unit-of-work.ts';
import type { WriteLoop } from '../writing/write-loop.ts';
import { checkRecord, setAsideUndecodable } from './check-record.ts';

/** What became of a PDU, for metrics and the log. */
export interface PduReceipt {
  readonly record: FederationPduRecord;
  readonly received: Parameters<PduItemPorts['received']>[1];
}

export interface PduConsumerPorts extends ReceivePduPorts {
  readonly rooms: RoomOwnerReader;
  readonly shards: OwnedShards;
  readonly loop: WriteLoop;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  shardOf(roomId: string): number;
  readonly gaps: Pick<GapAnnouncer, 'announce'>;
  /** The join event of a room that is on its way here from another server: what comes of it meanwhile waits for that. */
  findArrival(roomId: string): string | undefined;
  received(receipt: PduReceipt): void;
  /** A PDU that waited was given up. */
  dropped(place: Pick<WaitingPlace, 'roomId' | 'eventId'>, because: string): void;
  failed(doing: string, error: unknown): void;
}

/** Records of one shard that are taken and not done; then the partition waits. */
const MAX_OPEN = 1_000;
const WAIT_MS = 10;
const RETRY_MS = 500;

/**
 * The second door: checked PDUs from `federation.pdus`. A record is done when its effect is stored with the offset behind it, or when a
 * row keeps it. Records come again after every crash and rebalance; the stored offset and the event ids tell what is known.
 */
export class PduConsumer implements RecordHandler<FederationPduRecord> {
  readonly parking: Parking;
  readonly #ports: PduConsumerPorts;
  readonly #comparesOffsets: boolean;
  readonly #sweep: GapSweep;

  /** `comparesOffsets` is false in fault tests only: then an offset moves on before its effect. */
  constructor(ports: PduConsumerPorts, comparesOffsets: boolean) {
    this.#ports = ports;
    this.#comparesOffsets = comparesOffsets;
    this.#sweep = new GapSweep({
      ...ports,
      waiting: () => [...this.parking.waiting()].filter(({ roomId }) => ports.findArrival(roomId) === undefined),
      drop: (place) => ports.loop.enqueue(new DropParkedItem(place, ports)),
    });
    this.parking = new Parking(ports, (shard, eventIds) => void this.#goOn(shard, eventIds));
  }

  /** The shard is ours: what is parked in it may go on. */
  begin(shard: number): void {
    void this.#beginParking(shard);
  }

  end(shard: number): void {
    this.parking.end(shard);
  }

  committed(work: UnitOfWork): void {
    this.parking.committed(work);
    const waiting = work.parked.filter((row) => {
      if (row.missingEventIds.length === 0 || this.parking.waitsForParked(row)) return false;
      return this.#ports.findArrival(row.roomId) === undefined;
    });
    if (waiting.length > 0) void this.#sweep.parked(waiting);
  }

  /** Tells again of what waits, until the signal. */
  async sweepGaps(signal: AbortSignal): Promise<void> {
    await this.#sweep.run(signal);
  }

  /** Where reading begins: at the offset that is stored, if it is of this making of the topic. Throws until the shard is ours. */
  async startOffset(partition: number, incarnation: string): Promise<StartOffset> {
    const owned = this.#ports.shards.find(partition);
    if (owned === undefined) throw new StorageError(`shard ${partition} is not taken yet`);
    if (owned.inbound.incarnation === incarnation) return owned.inbound.expectedOffset;
    owned.inbound.reset(0, incarnation);
    return 'earliest';
  }

  async handle(batch: RecordBatch<FederationPduRecord>): Promise<void> {
    for (const record of batch.records) {
      const toSetAside = checkRecord(record, this.#ports.shardOf);
      const { roomId } = toSetAside ?? record.value;
      const owned = await this.#room(batch.partition, roomId, batch.signal);
      if (owned === undefined && batch.signal.aborted) return;
      if (owned === undefined) throw new StorageError(`shard ${batch.partition} is not ours`);
      if (this.#take(owned, record.offset)) {
        if (toSetAside === undefined) this.#enqueue(owned.shard, record.value, record);
        else this.#setAside(toSetAside);
      }
      batch.done(record);
    }
    await this.#ports.failpoints.reach('persister.inbound-taken');
  }

  /** A record that is none: set aside in its place, so that the offset moves on. */
  async setAside(record: UndecodableRecord): Promise<void> {
    const owned = this.#ports.shards.find(record.partition);
    if (owned === undefined || !this.#take(owned, record.offset)) return;
    this.#setAside(setAsideUndecodable(record, this.#ports.shardOf));
  }

  reset({ partition, incarnation, nextOffset }: TopicReset): void {
    this.#ports.shards.find(partition)?.inbound.reset(nextOffset, incarnation);
  }

  failed(error: unknown): void {
    this.#ports.failed(`read ${FEDERATION_PDUS.name}`, error);
  }

  /** Waits until there is room for another record; nothing where the shard is not ours any more. */
  async #room(shard: number, roomId: string, signal: AbortSignal): Promise<OwnedShard | undefined> {
    const { shards, loop, clock } = this.#ports;
    for (;;) {
      const owned = shards.find(shard);
      if (owned === undefined || owned.isDraining || signal.aborted) return undefined;
      if (loop.hasRoomFor(roomId) && owned.inbound.openCount < MAX_OPEN) return owned;
      await clock.delay(WAIT_MS, signal);
    }
  }

  #take({ inbound }: OwnedShard, offset: number): boolean {
    const isNew = inbound.take(offset);
    if (this.#comparesOffsets) return isNew;
    inbound.finish([offset]);
    return true;
  }

  #setAside(record: SetAsideRecord): void {
    this.#ports.loop.enqueue(new SetAsideItem(record, this.#ports.clock.now()));
  }

  #enqueue(
    shard: number,
    pdu: FederationPduRecord,
    record: Pick<TopicRecord<FederationPduRecord>, 'offset' | 'headers'> | undefined,
  ): void {
    const place = { shard, offset: record?.offset, traceparent: record?.headers['traceparent'] };
    this.#ports.loop.enqueue(new PduItem(pdu, place, this.#itemPorts()));
  }

  #itemPorts(): PduItemPorts {
    const { resolver, policy, clock, received, findArrival } = this.#ports;
    const report = (record: FederationPduRecord, outcome: PduReceipt['received']): void =>
      received({ record, received: outcome });
    return { parking: this.parking, resolver, policy, clock, findArrival, received: report };
  }

  async #beginParking(shard: number): Promise<void> {
    while (this.#ports.shards.find(shard) !== undefined) {
      try {
        return await this.parking.begin(shard);
      } catch (error) {
        this.#ports.failed('read what is parked', error);
        await this.#ports.clock.delay(RETRY_MS);
      }
    }
  }

  /** PDUs that wait for nothing any more go into their rooms' queues again, in this order. */
  async #goOn(shard: number, eventIds: readonly string[]): Promise<void> {
    while (eventIds.length > 0 && this.#ports.shards.find(shard) !== undefined) {
      try {
        const parked = await this.#ports.rooms.findParked(shard, eventIds);
        const byId = new Map(parked.map((row) => [row.eventId, row]));
        for (const { record } of eventIds.flatMap((eventId) => byId.get(eventId) ?? []))
          this.#enqueue(shard, recordOfParked(record), undefined);
        return;
      } catch (error) {
        this.#ports.failed('read what is parked', error);
        await this.#ports.clock.delay(RETRY_MS);
      }
    }
  }
}
