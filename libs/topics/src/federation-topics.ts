import { hash } from 'node:crypto';
import { FederationOutboundRecord } from './generated/plexus/topics/v1/federation_outbound.ts';
import { codecOf } from './record-codec.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** What goes to other servers: partition = destination shard, key = room id or destination. */
export const FEDERATION_OUTBOUND: TopicDefinition<FederationOutboundRecord> = {
  name: 'federation.outbound',
  codec: codecOf(FederationOutboundRecord),
  ifLost: 'never',
};

/** So many shards of destinations, and partitions of `federation.outbound`, in every deployment. */
export const DESTINATION_SHARDS = 16;

/** The shard of the queues to a server, whoever sends. */
export function destinationShardOf(destination: string): number {
  return hash('sha256', destination, 'buffer').readUInt32BE(0) % DESTINATION_SHARDS;
}
