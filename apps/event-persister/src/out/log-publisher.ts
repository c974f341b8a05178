import type { Clock } from '@plexus/matrix-base';
import type { RoomReader } from '@plexus/storage';
import { ROOM_EVENTS } from '@plexus/topics';
import type { Producer, RoomLogRecord } from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';
import type { LogEntry } from '../rooms/changes.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import { recordOfEntry, recordOfRow } from './room-log-record.ts';
import type { PublicationPorts } from './shard-publication.ts';
import { ShardPublication } from './shard-publication.ts';

export interface LogPublisherPorts {
  readonly producer: Producer;
  readonly rooms: Pick<RoomReader, 'readLog'>;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  failed(error: unknown): void;
}

const READ_ROWS = 200;
const LONGEST_PAUSE_MS = 1_000;

/** Publishes the logs of owned shards to `room.events`. While the topic is away, the logs wait in Postgres. */
export class LogPublisher {
  readonly #ports: LogPublisherPorts;
  readonly #publications = new Map<number, ShardPublication>();

  constructor(ports: LogPublisherPorts) {
    this.#ports = ports;
  }

  /** Rows that are committed and not published, of all shards. */
  get lag(): number {
    return [...this.#publications.values()].reduce((sum, { lag }) => sum + lag, 0);
  }

  /** Publishes from where the shard's row says; also when the log turned out to be longer than remembered. */
  begin(owned: OwnedShard): void {
    const publication = this.#publications.get(owned.shard);
    if (publication?.owned === owned) return publication.extendTo(owned.counters.position);
    this.end(owned.shard);
    this.#publications.set(owned.shard, new ShardPublication(owned, this.#portsOf(owned)));
    return undefined;
  }

  append(entries: readonly LogEntry[]): void {
    const byShard = Map.groupBy(entries, ({ row }) => row.shard);
    for (const [shard, ofShard] of byShard) {
      const publication = this.#publications.get(shard);
      publication?.append(ofShard.map((entry) => recordOfEntry(entry, publication.owned.generation)));
    }
  }

  /** Resolves when what the shard has committed so far is published. */
  async flushed(shard: number): Promise<void> {
    await this.#publications.get(shard)?.flushed();
  }

  end(shard: number): void {
    this.#publications.get(shard)?.stop();
    this.#publications.delete(shard);
  }

  #portsOf({ generation }: OwnedShard): PublicationPorts {
    const { producer, rooms, clock, failpoints } = this.#ports;
    return {
      async send(shard: number, records: readonly RoomLogRecord[]): Promise<void> {
        await producer.send(
          ROOM_EVENTS,
          shard,
          records.map((value) => ({ key: value.roomId, value })),
        );
      },
      async read(shard: number, after: number, upTo: number): Promise<RoomLogRecord[]> {
        const rows = await rooms.readLog({ shard, after, upTo, limit: READ_ROWS, order: 'ascending' });
        return rows.map((row) => recordOfRow(row, generation));
      },
      failed: (error, attempt) => {
        this.#ports.failed(error);
        return clock.delay(Math.min(20 * 2 ** attempt, LONGEST_PAUSE_MS));
      },
      reach: (failpoint) => failpoints.reach(failpoint),
    };
  }
}
