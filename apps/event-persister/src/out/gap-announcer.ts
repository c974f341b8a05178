import type { ParkedPdu } from '@plexus/storage';
import { FEDERATION_PDUS, ROOM_GAPS } from '@plexus/topics';
import type { Producer } from '@plexus/topics';

export interface GapAnnouncerPorts {
  readonly producer: Producer;
  failed(doing: string, error: unknown): void;
}

/** A PDU that waits, with how often others were asked to find what it waits for, this time included. */
export interface Gap {
  readonly parked: ParkedPdu;
  readonly attempt: number;
}

/** Tells on `room.gaps` what PDUs wait for. What is lost is told again, because the rows are swept. */
export class GapAnnouncer {
  readonly #ports: GapAnnouncerPorts;

  constructor(ports: GapAnnouncerPorts) {
    this.#ports = ports;
  }

  async announce(gaps: readonly Gap[]): Promise<void> {
    const byShard = Map.groupBy(gaps, ({ parked }) => parked.shard);
    await Promise.all([...byShard].map(([shard, ofShard]) => this.#send(shard, ofShard)));
  }

  async #send(shard: number, gaps: readonly Gap[]): Promise<void> {
    try {
      const records = gaps.map((gap) => ({ key: gap.parked.roomId, value: recordOf(gap) }));
      await this.#ports.producer.send(ROOM_GAPS, shard, records);
    } catch (error) {
      this.#ports.failed(`append to ${ROOM_GAPS.name}`, error);
    }
  }
}

function recordOf({ parked, attempt }: Gap) {
  const { roomId, eventId, origin, destination, missingEventIds, record } = parked;
  const { roomVersion } = FEDERATION_PDUS.codec.decode(record);
  return { roomId, roomVersion, eventId, missingEventIds: [...missingEventIds], origin, destination, attempt };
}
