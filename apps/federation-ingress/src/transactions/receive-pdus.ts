import type { Clock, JsonValue } from '@plexus/matrix-base';
import { identifyPdu } from '@plexus/pdu-checks';
import type { CheckedPdu, IdentifiedPdu, PduChecker, ValidPdu } from '@plexus/pdu-checks';
import type { RoomReader } from '@plexus/storage';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { FederationPduRecord, Producer } from '@plexus/topics';
import type { Parties } from '../authentication/parties.ts';
import type { ReceiveDepartures } from './receive-departures.ts';
import { reportChecked, roomIdOf } from './received-pdu.ts';
import type { PduResult, ReceivedPdu } from './received-pdu.ts';
import { findRoomsForPdus } from './room-for-pdus.ts';
import type { FindRoomForPdusPorts, RoomForPdus } from './room-for-pdus.ts';

export interface ReceivePdusPorts extends FindRoomForPdusPorts {
  readonly rooms: Pick<RoomReader, 'findRoomsAs' | 'areStored'>;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly departures: Pick<ReceiveDepartures, 'execute'>;
  readonly producer: Pick<Producer, 'send'>;
  readonly clock: Pick<Clock, 'now'>;
  shardOf(roomId: string): number;
  received(pdu: ReceivedPdu): void;
}

/** A PDU whose room is known, with its place in the transaction. */
interface OpenPdu {
  readonly pdu: IdentifiedPdu;
  readonly room: Exclude<RoomForPdus, { outcome: 'unknown' }>;
}

/**
 * Takes in the PDUs of a transaction (https://spec.matrix.org/v1.19/server-server-api/#pdus): those that pass checks 1 to 3 go to their rooms' owners and
 * are durable when it resolves. Each room is judged by itself.
 */
export class ReceivePdus {
  readonly #ports: ReceivePdusPorts;

  constructor(ports: ReceivePdusPorts) {
    this.#ports = ports;
  }

  /** By event id. What cannot be identified has no result. Throws `TopicError`, `StorageError`, `RemoteServerError`. */
  async execute(parties: Parties, values: readonly JsonValue[]): Promise<Map<string, PduResult>> {
    const results = new Map<string, PduResult>();
    const open = await this.#identify(parties, values, results);
    const unstored = await this.#leaveOutKnown(parties, open);
    const checked = await this.#ports.checker.verify(unstored.map(({ pdu }) => pdu));
    const valid: { readonly pdu: ValidPdu; readonly roomVersion: string }[] = [];
    for (const [index, { pdu, room }] of unstored.entries()) {
      const outcome = checked[index];
      if (outcome === undefined) continue;
      results.set(pdu.eventId, this.#judge(parties, pdu, outcome));
      if (outcome.outcome === 'ok') valid.push({ pdu: outcome, roomVersion: room.rules.version });
    }
    await this.#append(parties, valid);
    return results;
  }

  /** Those of rooms that are open, each event once; the others get their results. */
  async #identify(parties: Parties, values: readonly JsonValue[], results: Map<string, PduResult>): Promise<OpenPdu[]> {
    const rooms = await findRoomsForPdus(this.#ports, parties, values.map(roomIdOf));
    const open: OpenPdu[] = [];
    const strays: JsonValue[] = [];
    for (const value of values) {
      const room = rooms.get(roomIdOf(value)) ?? { outcome: 'unknown' };
      if (room.outcome === 'unknown') {
        strays.push(value);
        continue;
      }
      const pdu = identifyPdu(value, room.rules);
      if (pdu.outcome === 'drop') {
        const { rule, because } = pdu;
        this.#ports.received({ ...parties, outcome: 'dropped', roomId: roomIdOf(value), rule, because });
      } else if (!results.has(pdu.eventId)) {
        const { roomId, eventId } = pdu;
        const isDenied = room.outcome === 'denied';
        results.set(eventId, isDenied ? BANNED : {});
        if (isDenied) this.#ports.received({ ...parties, outcome: 'denied', roomId, eventId });
        else open.push({ pdu, room });
      }
    }
    for (const [eventId, result] of await this.#ports.departures.execute(parties, strays)) results.set(eventId, result);
    return open;
  }

  /** What is stored was checked before. */
  async #leaveOutKnown(parties: Parties, open: readonly OpenPdu[]): Promise<OpenPdu[]> {
    const events = open.map(({ pdu: { eventId }, room: { room } }) => ({ ...room, eventId }));
    const stored = await this.#ports.rooms.areStored(events);
    return open.filter(({ pdu: { roomId, eventId } }, index) => {
      if (stored[index] !== true) return true;
      this.#ports.received({ ...parties, outcome: 'known', roomId, eventId });
      return false;
    });
  }

  #judge(parties: Parties, pdu: IdentifiedPdu, checked: CheckedPdu): PduResult {
    reportChecked(this.#ports.received, { parties, pdu, checked });
    return checked.outcome === 'drop' ? { errcode: 'M_FORBIDDEN', error: checked.because } : {};
  }

  /** Durable when it resolves; each shard's in the order of the transaction. */
  async #append(
    parties: Parties,
    valid: readonly { readonly pdu: ValidPdu; readonly roomVersion: string }[],
  ): Promise<void> {
    const { producer, clock, shardOf } = this.#ports;
    const receivedAt = clock.now();
    const byShard = Map.groupBy(valid, ({ pdu }) => shardOf(pdu.roomId));
    await Promise.all(
      [...byShard].map(([shard, own]) => {
        const records = own.map(({ pdu, roomVersion }) => ({
          key: pdu.roomId,
          value: recordOf(pdu, { ...parties, roomVersion, receivedAt }),
        }));
        return producer.send(FEDERATION_PDUS, shard, records);
      }),
    );
  }
}

const BANNED: PduResult = { errcode: 'M_FORBIDDEN', error: 'Server is banned from room' };

function recordOf(
  { roomId, eventId, bytes: json, contentHash }: ValidPdu,
  received: Pick<FederationPduRecord, 'roomVersion' | 'origin' | 'destination' | 'receivedAt'>,
): FederationPduRecord {
  return { ...received, roomId, eventId, json, contentHashMismatch: contentHash !== 'matches' };
}
