import type { Clock } from '@plexus/matrix-base';
import type { RoomOwnerReader } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { UnitOfWork } from '../writing/unit-of-work.ts';

export interface ParkingLimits {
  readonly perRoom: number;
  readonly perRoomAndOrigin: number;
}

export const DEFAULT_PARKING_LIMITS: ParkingLimits = { perRoom: 4_000, perRoomAndOrigin: 1_000 };

/** So many that wait for each other go on together. */
const TOGETHER = 200;

interface Waiting {
  readonly shard: number;
  readonly roomId: string;
  readonly eventId: string;
  readonly origin: string;
  readonly missing: Set<string>;
  /** Milliseconds since the epoch. */
  readonly parkedAt: number;
}

/** A PDU that waits, and for what. */
export interface WaitingPlace extends Pick<Waiting, 'shard' | 'roomId' | 'eventId' | 'parkedAt'> {
  readonly missingEventIds: readonly string[];
  /** In a chain of PDUs that wait for each other: where it begins somebody has to be asked for what is missing, the others wait for their turn. */
  readonly inChain: 'first' | 'between' | 'last';
}

interface ShardParking {
  readonly waiting: Map<string, Waiting>;
  readonly byRoom: Map<string, Set<Waiting>>;
  /** By the event that is missing. */
  readonly waitingFor: Map<string, Set<Waiting>>;
  /** Events stored while the rows were being read. */
  storedMeanwhile: string[] | undefined;
}

/**
 * Which parked PDUs wait for which events, as the rows of `parked_pdus` say. When the last event that one waits for is stored, it is
 * read from its row and goes into its room's queue again.
 */
export class Parking {
  readonly #shards = new Map<number, ShardParking>();
  readonly #rooms: Pick<RoomOwnerReader, 'listWaiting'>;
  readonly #limits: ParkingLimits;
  readonly #goOn: (shard: number, eventIds: readonly string[]) => void;
  readonly #clock: Pick<Clock, 'now'>;

  /** `goOn` is told of PDUs that wait for nothing any more. */
  constructor(
    { rooms, clock }: { readonly rooms: Pick<RoomOwnerReader, 'listWaiting'>; readonly clock: Pick<Clock, 'now'> },
    goOn: (shard: number, eventIds: readonly string[]) => void,
    limits: ParkingLimits = DEFAULT_PARKING_LIMITS,
  ) {
    this.#rooms = rooms;
    this.#clock = clock;
    this.#limits = limits;
    this.#goOn = goOn;
  }

  /** What waits for events, in the order in which it was parked. */
  *waiting(): Generator<WaitingPlace> {
    for (const parking of this.#shards.values()) {
      for (const { missing, ...place } of parking.waiting.values()) {
        if (missing.size === 0) continue;
        yield { ...place, missingEventIds: [...missing], inChain: placeInChain(parking, place.eventId, missing) };
      }
    }
  }

  /** Whether all that a PDU waits for is parked as well. */
  waitsForParked({ shard, eventId }: Pick<Waiting, 'shard' | 'eventId'>): boolean {
    const parking = this.#shards.get(shard);
    const missing = parking?.waiting.get(eventId)?.missing;
    return parking !== undefined && missing !== undefined && placeInChain(parking, eventId, missing) !== 'first';
  }

  get count(): number {
    return [...this.#shards.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** Since when the oldest waits, in milliseconds since the epoch; nothing where none does. */
  get oldestParkedAt(): number | undefined {
    let oldest: number | undefined;
    for (const { waiting } of this.#shards.values())
      for (const { parkedAt } of waiting.values()) if (oldest === undefined || parkedAt < oldest) oldest = parkedAt;
    return oldest;
  }

  /** Reads what is parked in a shard that was taken over, and lets go on what waits for nothing. */
  async begin(shard: number): Promise<void> {
    const parking: ShardParking = { waiting: new Map(), byRoom: new Map(), waitingFor: new Map(), storedMeanwhile: [] };
    this.#shards.set(shard, parking);
    const rows = await this.#rooms.listWaiting(shard);
    if (this.#shards.get(shard) !== parking) return;
    for (const row of rows) this.#add(parking, { ...row, shard, missing: new Set(row.missingEventIds) });
    const stored = parking.storedMeanwhile ?? [];
    parking.storedMeanwhile = undefined;
    const ready = rows.filter(({ missingEventIds }) => missingEventIds.length === 0).map(({ eventId }) => eventId);
    this.#goOn(shard, [...ready, ...this.#release(parking, stored)]);
  }

  end(shard: number): void {
    this.#shards.delete(shard);
  }

  /**
   * Why a PDU cannot be parked, if it cannot. Of those that others wait for twice as many can: without them these would wait forever, and without an
   * end to it whoever sends a chain of events the newest first would fill the shard.
   */
  findObstacle(
    shard: number,
    { roomId, origin, eventId }: Pick<FederationPduRecord, 'roomId' | 'origin' | 'eventId'>,
  ): string | undefined {
    const parking = this.#shards.get(shard);
    const isWaitedFor = (parking?.waitingFor.get(eventId)?.size ?? 0) > 0;
    const perRoom = this.#limits.perRoom * (isWaitedFor ? 2 : 1);
    const perRoomAndOrigin = this.#limits.perRoomAndOrigin * (isWaitedFor ? 2 : 1);
    const waiting = parking?.byRoom.get(roomId);
    if (waiting === undefined || waiting.size < Math.min(perRoom, perRoomAndOrigin)) return undefined;
    if (waiting.size >= perRoom) return 'too many events of the room wait for others';
    const ofOrigin = [...waiting].filter((other) => other.origin === origin);
    return ofOrigin.length < perRoomAndOrigin ? undefined : 'too many events of the origin wait for others';
  }

  /** A unit of work is committed: some PDUs are parked, and some wait no longer. */
  committed(work: UnitOfWork): void {
    for (const row of work.parked) {
      const parking = this.#shards.get(row.shard);
      if (parking !== undefined && row.missingEventIds.length > 0) {
        const parkedAt = parking.waiting.get(row.eventId)?.parkedAt ?? this.#clock.now();
        this.#add(parking, { ...row, parkedAt, missing: new Set(row.missingEventIds) });
      }
    }
    for (const { shard, eventId } of work.unparked) this.#forget(this.#shards.get(shard), eventId);
    for (const [shard, events] of Map.groupBy(work.storedEvents, (event) => event.shard)) {
      const ids = events.map(({ eventId }) => eventId);
      const parking = this.#shards.get(shard);
      parking?.storedMeanwhile?.push(...ids);
      const ready = parking === undefined ? [] : this.#release(parking, ids);
      if (ready.length > 0) this.#goOn(shard, ready);
    }
  }

  #add(parking: ShardParking, waiting: Waiting): void {
    this.#forget(parking, waiting.eventId);
    parking.waiting.set(waiting.eventId, waiting);
    const inRoom = parking.byRoom.get(waiting.roomId) ?? new Set();
    parking.byRoom.set(waiting.roomId, inRoom.add(waiting));
    for (const eventId of waiting.missing) {
      const others = parking.waitingFor.get(eventId) ?? new Set();
      parking.waitingFor.set(eventId, others.add(waiting));
    }
  }

  #forget(parking: ShardParking | undefined, eventId: string): void {
    const waiting = parking?.waiting.get(eventId);
    if (parking === undefined || waiting === undefined) return;
    parking.waiting.delete(eventId);
    const inRoom = parking.byRoom.get(waiting.roomId);
    inRoom?.delete(waiting);
    if (inRoom?.size === 0) parking.byRoom.delete(waiting.roomId);
    for (const missing of waiting.missing) parking.waitingFor.get(missing)?.delete(waiting);
  }

  /**
   * Ids of those that wait for nothing any more, now that these events are stored, and after them of those that wait for nothing else than them: one after
   * the other, each would wait for a commit of its own. Whose predecessor is not stored after all parks again.
   */
  #release(parking: ShardParking, storedEventIds: readonly string[]): string[] {
    const ready: string[] = [];
    const here = [...storedEventIds];
    for (const eventId of here) {
      for (const waiting of parking.waitingFor.get(eventId) ?? []) {
        waiting.missing.delete(eventId);
        if (waiting.missing.size > 0) continue;
        ready.push(waiting.eventId);
        if (ready.length < TOGETHER) here.push(waiting.eventId);
      }
      parking.waitingFor.delete(eventId);
    }
    return ready;
  }
}

function placeInChain(
  { waiting, waitingFor }: ShardParking,
  eventId: string,
  missing: ReadonlySet<string>,
): WaitingPlace['inChain'] {
  if (![...missing].every((id) => waiting.has(id))) return 'first';
  return (waitingFor.get(eventId)?.size ?? 0) > 0 ? 'between' : 'last';
}

/** A record as it was parked. */
export function recordOfParked(bytes: Uint8Array): FederationPduRecord {
  return FEDERATION_PDUS.codec.decode(bytes);
}
