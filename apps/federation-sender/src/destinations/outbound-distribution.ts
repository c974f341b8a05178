import type { DistributionOutcome, LogDistribution, LoggedRow, LogPlace, ShardPlace } from '@plexus/room-log';
import type { OutboundPositions } from '@plexus/storage';
import type { Producer } from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';
import { OutboundBatch } from './outbound-publisher.ts';
import type { RowDestinations } from './row-destinations.ts';
import type { TellOfJoins } from './tell-of-joins.ts';

export interface OutboundDistributionPorts {
  readonly positions: OutboundPositions;
  readonly destinations: RowDestinations;
  readonly producer: Producer;
  readonly failpoints: Failpoints;
  readonly joins: Pick<TellOfJoins, 'execute'>;
}

/**
 * Writes for each event of a hosted server where it goes, and tells other servers of who comes to them.
 *
 * What a row comes to is durable, in `federation.outbound` and in the queues, before the position moves on. A crash between the two, or two processes that believe to have the
 * shard, repeat positions and leave none out: the queues drop what they have seen.
 */
export class OutboundDistribution implements LogDistribution {
  readonly #ports: OutboundDistributionPorts;

  constructor(ports: OutboundDistributionPorts) {
    this.#ports = ports;
  }

  wantsMember(): boolean {
    return false;
  }

  isNeeded(): boolean {
    return true;
  }

  /** Nothing is known of what came to be while others went through a shard. */
  async openPlaces(shards: readonly number[], end: (shard: number) => LogPlace): Promise<Map<number, LogPlace>> {
    const { positions, destinations } = this.#ports;
    destinations.forget();
    const stored = await positions.readOutboundPositions();
    return new Map(shards.map((shard) => [shard, stored.get(shard) ?? { ...end(shard), position: 0 }]));
  }

  /** The places are opened anew then. */
  leaveGeneration(): void {}

  async distribute({ shard, generation }: ShardPlace, rows: readonly LoggedRow[]): Promise<DistributionOutcome> {
    const { destinations, producer, failpoints, joins } = this.#ports;
    await destinations.load(shard, rows);
    const batch = new OutboundBatch();
    for (const row of rows) {
      await destinations.add(row, generation, batch);
      if (destinations.mayBringTogether(row)) await joins.execute(row);
    }
    // Most rows are of rooms that no other server is in.
    if (batch.isEmpty) return 'stored';
    await failpoints.reach('sender.before-distribution');
    await batch.send(producer);
    await failpoints.reach('sender.after-distribution');
    return 'stored';
  }

  async storePlace({ shard, generation, position }: ShardPlace): Promise<DistributionOutcome> {
    await this.#ports.positions.storeOutboundPosition(shard, { generation, position });
    return 'stored';
  }
}
