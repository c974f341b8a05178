import { findServerName } from '@plexus/matrix-base';
import type { RoomPlaces } from '@plexus/room-view';
import type { ResidencyReader } from '@plexus/storage';
import type { Producer, RecordBatch, RecordHandler, RoomEphemeralRecord } from '@plexus/topics';
import type { FederationRules } from './choose-destinations.ts';
import { OutboundBatch } from './outbound-publisher.ts';

export interface DistributeTypingPorts extends FederationRules {
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly residency: ResidencyReader;
  readonly producer: Producer;
  failed(doing: string, error: unknown): void;
}

/** Tells the servers of a room who of ours types in it (https://spec.matrix.org/v1.19/server-server-api/#typing-notifications). */
export class DistributeTyping implements RecordHandler<RoomEphemeralRecord> {
  readonly #ports: DistributeTypingPorts;

  constructor(ports: DistributeTypingPorts) {
    this.#ports = ports;
  }

  /** @NOTE What fails is dropped: it is of now. */
  async handle({ records }: RecordBatch<RoomEphemeralRecord>): Promise<void> {
    const batch = new OutboundBatch();
    try {
      for (const { value } of records) await this.#add(value, batch);
      await batch.send(this.#ports.producer);
    } catch (error) {
      this.failed(error);
    }
  }

  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('tell other servers who types', error);
  }

  async #add({ roomId, content }: RoomEphemeralRecord, batch: OutboundBatch): Promise<void> {
    const { places, residency, isHosted, allows } = this.#ports;
    if (content?.$case !== 'typing') return;
    const { userId, timeoutMs } = content.value;
    const origin = findServerName(userId);
    if (origin === undefined || !isHosted(origin)) return;
    const room = await places.find(roomId);
    if (room === undefined) return;
    // @NOTE From Postgres: whoever has left must not be told, whatever a cache says.
    const { rooms: servers } = await residency.readIntervals(room.shard, [room.roomNid]);
    const destinations = (servers.get(room.roomNid) ?? []).flatMap(({ serverName, isResident }) => {
      return isResident && !isHosted(serverName) && allows(origin, serverName) ? [serverName] : [];
    });
    const typing = { room_id: roomId, user_id: userId, typing: timeoutMs > 0 };
    batch.addEdu({ origin, eduType: 'm.typing', key: `${roomId} ${userId}`, content: typing }, destinations);
  }
}
