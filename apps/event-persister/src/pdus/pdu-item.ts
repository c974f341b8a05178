import type { Clock } from '@plexus/matrix-base';
import type { ParkedPdu } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { Execution } from '../commands/execution.ts';
import { INCOMPLETE } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomItem } from '../writing/room-item.ts';
import type { Parking } from './parking.ts';
import type { ReceivedOutcome } from './received-outcome.ts';
import { receivePdu } from './receive-pdu.ts';
import type { ReceivePduPorts } from './receive-pdu.ts';

export interface PduItemPorts extends ReceivePduPorts {
  readonly parking: Parking;
  readonly clock: Clock;
  /** The join event of a room that is on its way here. */
  findArrival(roomId: string): string | undefined;
  received(
    record: FederationPduRecord,
    outcome: ReceivedOutcome | { readonly outcome: 'dead-letter'; readonly because: string },
  ): void;
}

/** So much of a record is not counted by its JSON. */
const RECORD_BYTES = 500;

/** A PDU from the topic, or one that was parked. */
export class PduItem implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly serverName: string;
  readonly byteLength: number;
  readonly enqueuedAt: number;
  readonly commandId = undefined;
  readonly traceparent: string;
  readonly loaded = new Loaded();
  readonly record: FederationPduRecord;
  readonly #ports: PduItemPorts;
  readonly #settled: () => void;
  #offset: number | undefined;
  #isParked: boolean;
  #poison: string | undefined;
  #received: Parameters<PduItemPorts['received']>[1] | undefined;

  constructor(
    record: FederationPduRecord,
    place: {
      readonly shard: number;
      /** Nothing for one that was parked. */
      readonly offset: number | undefined;
      readonly settled?: () => void;
      readonly traceparent?: string | undefined;
    },
    ports: PduItemPorts,
  ) {
    this.record = record;
    this.shard = place.shard;
    this.roomId = record.roomId;
    this.serverName = record.destination;
    this.byteLength = RECORD_BYTES + record.json.length;
    this.enqueuedAt = ports.clock.now();
    this.traceparent = place.traceparent ?? '';
    this.#offset = place.offset;
    this.#isParked = place.offset === undefined;
    this.#settled = place.settled ?? (() => undefined);
    this.#ports = ports;
  }

  get offset(): number | undefined {
    return this.#offset;
  }

  get eventId(): string {
    return this.record.eventId;
  }

  attempt(edit: RoomEdit): Execution {
    if (this.#poison !== undefined) return this.#setAside(edit, this.#poison);
    const received = receivePdu(edit, this.record, this.#ports);
    if (received.outcome === 'incomplete') return INCOMPLETE;
    const joinEventId = received.outcome === 'dropped' ? this.#findArrival(edit) : undefined;
    if (joinEventId !== undefined) return this.#waitForRoom(edit, joinEventId);
    this.#received = received.outcome === 'parked' ? this.#park(edit, received.missingEventIds) : received;
    if (this.#isParked && this.#received.outcome !== 'parked') this.#unpark(edit);
    return { outcome: 'settled' };
  }

  poison(because: string): boolean {
    if (this.#poison !== undefined) return false;
    this.#poison = because;
    return true;
  }

  settle(): void {
    if (this.#received !== undefined) this.#ports.received(this.record, this.#received);
    this.#settled();
  }

  /** The row that keeps it while its room is busy. */
  toParked(missingEventIds: readonly string[] = []): ParkedPdu {
    const { roomId, eventId, origin, destination } = this.record;
    const record = Buffer.from(FEDERATION_PDUS.codec.encode(this.record));
    return { shard: this.shard, roomId, eventId, origin, destination, missingEventIds, record };
  }

  /** It is kept in a row: its place in the topic is needed no longer. */
  wasStashed(): void {
    this.#offset = undefined;
    this.#isParked = true;
  }

  /** The join event of a room that is on its way here. */
  #findArrival(edit: RoomEdit): string | undefined {
    return edit.head === undefined ? this.#ports.findArrival(this.roomId) : undefined;
  }

  #waitForRoom(edit: RoomEdit, joinEventId: string): Execution {
    this.#received = this.#park(edit, [joinEventId]);
    return { outcome: 'settled' };
  }

  #park(edit: RoomEdit, missingEventIds: readonly string[]): ReceivedOutcome {
    const because = this.#ports.parking.findObstacle(this.shard, this.record);
    if (because !== undefined && !this.#isParked) return { outcome: 'dropped', because };
    edit.changes.parked.push(this.toParked(missingEventIds));
    return { outcome: 'parked', missingEventIds };
  }

  #unpark(edit: RoomEdit): void {
    edit.changes.unparked.push({ shard: this.shard, eventId: this.record.eventId });
  }

  #setAside(edit: RoomEdit, because: string): Execution {
    this.#received = { outcome: 'dead-letter', because };
    if (this.#isParked) this.#unpark(edit);
    edit.changes.deadLetters.push({
      shard: this.shard,
      source: FEDERATION_PDUS.name,
      roomId: this.roomId,
      eventId: this.record.eventId,
      origin: this.record.origin,
      error: because.slice(0, MAX_ERROR_LENGTH).replaceAll('\0', ''),
      record: Buffer.from(FEDERATION_PDUS.codec.encode(this.record)),
      attempts: 1,
    });
    return { outcome: 'settled' };
  }
}

const MAX_ERROR_LENGTH = 2_000;
