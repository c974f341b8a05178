import type { Clock } from '@plexus/matrix-base';
import type { RoomPlaces } from '@plexus/room-view';
import type { NewAppserviceItem } from '@plexus/storage';
import type { RecordBatch, RecordHandler, RoomEphemeralRecord } from '@plexus/topics';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { InterestedRooms, RoomKey } from './interested-rooms.ts';
import { TypingNow } from './typing-now.ts';

export interface DistributeTypingPorts {
  readonly appservices: Pick<InterestedAppservices, 'all'>;
  readonly rooms: InterestedRooms;
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether an application service takes what it is sent: else what is of now is not kept for it. */
  isUp(appserviceId: string): boolean;
  failed(doing: string, error: unknown): void;
}

/** Tells application services who types in rooms that interest them (https://spec.matrix.org/v1.19/client-server-api/#mtyping). */
export class DistributeTyping implements RecordHandler<RoomEphemeralRecord> {
  readonly #ports: DistributeTypingPorts;
  readonly #typing = new TypingNow();

  constructor(ports: DistributeTypingPorts) {
    this.#ports = ports;
  }

  /** @NOTE What fails is dropped: it is of now. */
  async handle({ records }: RecordBatch<RoomEphemeralRecord>): Promise<void> {
    if (this.#listeners().length === 0) return;
    const changed = new Map<string, readonly string[]>();
    for (const { value } of records) {
      if (value.content?.$case !== 'typing') continue;
      const { userId, timeoutMs } = value.content.value;
      const until = timeoutMs > 0 ? this.#ports.clock.now() + timeoutMs : undefined;
      const userIds = this.#typing.set(value.roomId, userId, until);
      if (userIds !== undefined) changed.set(value.roomId, userIds);
    }
    await this.#tell(changed);
  }

  /** To be called now and then. */
  async expire(): Promise<void> {
    await this.#tell(this.#typing.expire(this.#ports.clock.now()));
  }

  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  /** Others follow these rooms from now on. */
  clear(): void {
    this.#typing.clear();
  }

  failed(error: unknown): void {
    this.#ports.failed('tell application services who types', error);
  }

  #listeners(): string[] {
    const listening = this.#ports.appservices.all().filter(({ settings }) => settings.receivesEphemeral);
    return listening.map(({ id }) => id).filter((id) => this.#ports.isUp(id));
  }

  async #tell(changed: ReadonlyMap<string, readonly string[]>): Promise<void> {
    try {
      const items: NewAppserviceItem[] = [];
      for (const [roomId, userIds] of changed) items.push(...(await this.#itemsOf(roomId, userIds)));
      if (items.length > 0) await this.#ports.writer.append({ moves: [], reads: [], items, members: [] });
    } catch (error) {
      this.failed(error);
    }
  }

  async #itemsOf(roomId: string, userIds: readonly string[]): Promise<NewAppserviceItem[]> {
    const place = await this.#ports.places.find(roomId);
    if (place === undefined) return [];
    const room: RoomKey = { shard: place.shard, roomNid: place.roomNid, roomId };
    await this.#ports.rooms.load(room.shard, [room]);
    const interested = this.#ports.rooms.interestedIn(room);
    const payload = JSON.stringify({ type: 'm.typing', room_id: roomId, content: { user_ids: userIds } });
    return this.#listeners()
      .filter((id) => interested?.has(id) === true)
      .map((appserviceId) => ({ appserviceId, kind: 'ephemeral', payload }));
  }
}
