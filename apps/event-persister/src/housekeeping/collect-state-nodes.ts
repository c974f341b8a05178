import { decodeStateNode, EMPTY_ROOT, markReachable } from '@plexus/room-dag';
import type { StateNode } from '@plexus/room-dag';
import { StorageError } from '@plexus/storage';
import type { GarbageRoom, RoomHousekeeping, RoomReader, ShardEpoch } from '@plexus/storage';
import { NumberSet } from './number-set.ts';

export interface CollectPorts {
  readonly housekeeping: RoomHousekeeping;
  readonly rooms: Pick<RoomReader, 'findStateNodes'>;
  /** Awaited after each piece of work, so that it takes only a small part of the time. */
  pause(): Promise<void>;
  readonly nodesAtOnce: number;
}

/**
 * Removes the nodes of a room's state trie that are in no state any more: marks what the room's events, log and current state reach, and
 * removes what is not marked and was stored before. Returns how many; nothing where the shard was lost meanwhile, or more was removed
 * from the room: then the marks may lack what somebody builds upon, and the room's turn comes again.
 *
 * Without removals, what is written meanwhile has higher numbers, or reaches only what older states reach, and those are marked. A
 * crash at any point leaves the room to be cleared once more.
 */
export async function collectStateNodes(
  owner: ShardEpoch,
  room: GarbageRoom,
  ports: CollectPorts,
): Promise<number | undefined> {
  const last = await ports.housekeeping.readLastNodeNid(room.shard);
  const marked = await markRoom(room, ports);
  let removed = 0;
  for (let after = 0; ;) {
    const nodeNids = await ports.housekeeping.listNodeNids(room, { after, limit: ports.nodesAtOnce });
    const garbage = nodeNids.filter((nodeNid) => nodeNid <= last && !marked.has(nodeNid));
    if (garbage.length > 0 && !(await ports.housekeeping.removeNodes(owner, room, garbage))) return undefined;
    removed += garbage.length;
    const [highest] = nodeNids.slice(-1);
    if (highest === undefined || highest >= last) break;
    after = highest;
    await ports.pause();
  }
  return (await ports.housekeeping.setClean(owner, room)) ? removed : undefined;
}

async function markRoom(room: GarbageRoom, ports: CollectPorts): Promise<NumberSet> {
  const marked = new NumberSet();
  for (let from: string | undefined = undefined; ;) {
    const page = await ports.housekeeping.pageRoots(room, from);
    await markRoots(room, page.roots, { marked, ports });
    if (page.next === undefined) return marked;
    from = page.next;
    await ports.pause();
  }
}

async function markRoots(
  room: GarbageRoom,
  roots: readonly number[],
  { marked, ports }: { readonly marked: NumberSet; readonly ports: CollectPorts },
): Promise<void> {
  let pending = roots.filter((root) => root !== EMPTY_ROOT && !marked.has(root));
  while (pending.length > 0) {
    const nodes = await loadNodes(room, pending.slice(-ports.nodesAtOnce), ports);
    const context = { nodes: { find: (nodeNid: number) => nodes.get(nodeNid) }, marked, limit: ports.nodesAtOnce };
    pending = [...markReachable(pending, context).pending];
    await ports.pause();
  }
}

async function loadNodes(
  room: GarbageRoom,
  nodeNids: readonly number[],
  { rooms }: CollectPorts,
): Promise<Map<number, StateNode>> {
  const stored = await rooms.findStateNodes(room.shard, room.roomNid, nodeNids);
  const lost = nodeNids.find((nodeNid) => !stored.has(nodeNid));
  if (lost !== undefined) throw new StorageError(`state node ${lost} of room ${room.roomNid} is not stored`);
  return new Map([...stored].map(([nodeNid, body]) => [nodeNid, decodeStateNode(body)]));
}
