import { hash } from 'node:crypto';

/**
 * The room shard that a room belongs to: the first four bytes of SHA-256 of its id, big-endian, modulo `shardCount`. Both the
 * function and the count are fixed when a deployment is created.
 */
export function roomShardOf(roomId: string, shardCount: number): number {
  return hash('sha256', roomId, 'buffer').readUInt32BE(0) % shardCount;
}
