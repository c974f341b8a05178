import type { Clock } from '@plexus/matrix-base';
import type { ServerPair } from '@plexus/remote-servers';
import type { RoomRecord } from '@plexus/storage';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { Producer } from '@plexus/topics';
import type { VerifiedEvent } from './verify-events.ts';

/** An event that another server gave, on its way to its room. */
export interface PduForRoom {
  readonly event: VerifiedEvent;
  readonly room: Pick<RoomRecord, 'roomId' | 'roomVersion' | 'shard'>;
  readonly pair: ServerPair;
}

/** Appends events that were asked for to `federation.pdus`, beside those that other servers send on their own. */
export class PduSink {
  readonly #producer: Pick<Producer, 'send'>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(producer: Pick<Producer, 'send'>, clock: Pick<Clock, 'now'>) {
    this.#producer = producer;
    this.#clock = clock;
  }

  /** In this order. Throws `TopicError`. */
  async hand(pdus: readonly PduForRoom[]): Promise<void> {
    const receivedAt = this.#clock.now();
    for (const [shard, ofShard] of Map.groupBy(pdus, ({ room }) => room.shard)) {
      const records = ofShard.map(({ event, room, pair }) => ({
        key: room.roomId,
        value: {
          roomId: room.roomId,
          roomVersion: room.roomVersion,
          eventId: event.eventId,
          origin: pair.destination,
          destination: pair.origin,
          json: event.bytes,
          contentHashMismatch: event.isRedactedCopy,
          receivedAt,
        },
      }));
      await this.#producer.send(FEDERATION_PDUS, shard, records);
    }
  }
}
