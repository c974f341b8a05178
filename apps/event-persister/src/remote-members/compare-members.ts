import type { JsonObject } from '@plexus/matrix-base';
import { decodeStateNode, EMPTY_ROOT, StateComparison } from '@plexus/room-dag';
import type { StateConflict, StateNode } from '@plexus/room-dag';
import type { RedactionReader } from '@plexus/room-view';
import type { RemoteMember, RemoteMemberProjection, RemoteMemberState, RoomReader, StoredEvent } from '@plexus/storage';
import type { FollowedRoom } from './followed-rooms.ts';
import { isRemoteMembership, remoteMemberOf } from './remote-member.ts';

export interface CompareMembersPorts {
  readonly projection: RemoteMemberProjection;
  readonly rooms: Pick<RoomReader, 'findStateNodes' | 'findEvents'>;
  readonly redactions: RedactionReader;
  isHosted(serverName: string): boolean;
  /** Whether the room is still there, and its shard ours. */
  isWanted(room: FollowedRoom): boolean;
  /** Awaited after each piece. */
  pause(): Promise<void>;
}

/** So many places of the states are looked at at once, and so many members stored. */
const PLACES_AT_ONCE = 64;
const MEMBERS_AT_ONCE = 200;
const MOST_NODES = 4_096;

interface Piece {
  readonly joined: readonly RemoteMember[];
  readonly gone: readonly string[];
  readonly isLast: boolean;
}

/** A state is not stored any more, so that nobody can say how it differs from another one. */
class LostStateError extends Error {
  override readonly name = 'LostStateError';
}

/**
 * Makes what is stored of a room's members that of its state, a piece at a time; the cost follows what differs.
 *
 *     root ──first piece──► root, next_root ──…──► root, next_root ──last piece──► next_root
 *
 * After a crash in between, the way to `next_root` is gone to its end first: between two other states, a member may differ in neither. A state that is
 * no longer stored is left by beginning anew.
 */
export class CompareMembers {
  readonly #ports: CompareMembersPorts;

  constructor(ports: CompareMembersPorts) {
    this.#ports = ports;
  }

  /** Whether it has come to the end: not where another one leads the same room, who owns the shard now. */
  async execute(room: FollowedRoom): Promise<boolean> {
    const stored = await this.#ports.projection.findRoom(room);
    if (stored === undefined && room.comparing === 'where-stored') return true;
    try {
      return await this.#leadOn(room, stored ?? (await this.#begin(room)));
    } catch (error) {
      if (!(error instanceof LostStateError)) throw error;
      return this.#leadOn(room, await this.#begin(room));
    }
  }

  async #leadOn(room: FollowedRoom, stored: RemoteMemberState): Promise<boolean> {
    const { nextRoot } = stored;
    if (nextRoot === undefined) return this.#lead(room, stored, room.root);
    if (!(await this.#lead(room, stored, nextRoot))) return false;
    return this.#lead(room, { root: nextRoot, nextRoot: undefined }, room.root);
  }

  /** What an earlier beginning has left is removed first. */
  async #begin(room: FollowedRoom): Promise<RemoteMemberState> {
    const { projection, pause, isWanted } = this.#ports;
    while ((await projection.removeRoom(room, MEMBERS_AT_ONCE)) > 0) await pause();
    if (isWanted(room)) await projection.beginRoom(room);
    return { root: EMPTY_ROOT, nextRoot: undefined };
  }

  async #lead(room: FollowedRoom, from: RemoteMemberState, root: number): Promise<boolean> {
    let at = from;
    for await (const { joined, gone, isLast } of this.#pieces(room, from.root, root)) {
      const to = isLast ? { root, nextRoot: undefined } : { root: from.root, nextRoot: root };
      const { shard, roomNid, epoch } = room;
      const step = { shard, roomNid, epoch, from: at, to, joined, gone };
      if (!this.#ports.isWanted(room)) return false;
      if ((await this.#ports.projection.takeSteps([step])).length === 0) return false;
      at = to;
      await this.#ports.pause();
    }
    return true;
  }

  async *#pieces(room: FollowedRoom, before: number, after: number): AsyncGenerator<Piece> {
    const comparison = new StateComparison([before, after]);
    const loaded = new Map<number, StateNode>();
    const differences: StateConflict[] = [];
    while (!comparison.isDone) {
      const { conflicts, missing } = comparison.take(PLACES_AT_ONCE, { find: (nodeNid) => loaded.get(nodeNid) });
      differences.push(...conflicts.filter((key) => isRemoteMembership(key, this.#ports.isHosted)));
      if (loaded.size > MOST_NODES) loaded.clear();
      for (const [nodeNid, node] of await this.#loadNodes(room, missing)) loaded.set(nodeNid, node);
      while (differences.length > MEMBERS_AT_ONCE) {
        yield { ...(await this.#changesOf(room, differences.splice(0, MEMBERS_AT_ONCE))), isLast: false };
      }
    }
    yield { ...(await this.#changesOf(room, differences)), isLast: true };
  }

  async #loadNodes(
    { shard, roomNid }: FollowedRoom,
    nodeNids: readonly number[],
  ): Promise<readonly (readonly [number, StateNode])[]> {
    if (nodeNids.length === 0) return [];
    const bodies = await this.#ports.rooms.findStateNodes(shard, roomNid, nodeNids);
    if (bodies.size < nodeNids.length) throw new LostStateError(`a state of room ${shard}/${roomNid} is gone`);
    return [...bodies].map(([nodeNid, body]) => [nodeNid, decodeStateNode(body)] as const);
  }

  async #changesOf(room: FollowedRoom, differences: readonly StateConflict[]): Promise<Omit<Piece, 'isLast'>> {
    const nids = differences.map(({ eventNids }) => eventNids[1]).filter((eventNid) => eventNid !== undefined);
    const events = nids.length === 0 ? new Map() : await this.#ports.rooms.findEvents(room.shard, nids);
    const joined: RemoteMember[] = [];
    const gone: string[] = [];
    for (const { stateKey, eventNids } of differences) {
      const stored: StoredEvent | undefined = events.get(eventNids[1] ?? 0);
      const content = stored && (await this.#contentOf(room, stored));
      const member = content && remoteMemberOf(stateKey, { eventNid: stored.eventNid, content });
      if (member === undefined) gone.push(stateKey);
      else joined.push(member);
    }
    return { joined, gone };
  }

  /** @NOTE The event passed the checks of form when it came: its content is an object. */
  async #contentOf(room: FollowedRoom, stored: StoredEvent): Promise<JsonObject> {
    if (stored.redactedBy.length > 0) return (await this.#ports.redactions.show(room, stored)).event.content;
    return (JSON.parse(stored.json.toString()) as { readonly content: JsonObject }).content;
  }
}
