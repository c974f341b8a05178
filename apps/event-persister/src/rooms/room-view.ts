import { isEventId } from '@plexus/matrix-base';
import { lookupState } from '@plexus/room-dag';
import type { AuthState, StateKey, StateNode, StateNodes } from '@plexus/room-dag';
import type { ReceiptKey, UserRoom } from '@plexus/storage';
import type { KnownEvent } from './known-event.ts';
import type { Annotation, Loaded } from './loaded.ts';
import { annotationKey, membershipKey, Missing, receiptKeyOf } from './loaded.ts';
import type { RoomMemory } from './room-memory.ts';

/** Events and nodes of a room that are not committed yet. */
export class Uncommitted {
  readonly nodes = new Map<number, StateNode>();
  readonly events = new Map<number, KnownEvent>();
  readonly eventsById = new Map<string, KnownEvent>();
  /** Changes of joined users per server. */
  readonly joinedDeltas = new Map<string, number>();
  /** Positions of the events of receipts, by `receiptKeyOf`. */
  readonly receipts = new Map<string, number>();
  /** Ids of redactions, by the event that they name. */
  readonly redactions = new Map<string, readonly string[]>();
  /** Ids of events without a place that accepted ones follow. */
  readonly followed = new Set<string>();

  addEvent(known: KnownEvent): void {
    const { eventId, redacts } = known.event;
    if (isEventId(redacts) && !this.eventsById.has(eventId))
      this.redactions.set(redacts, [...(this.redactions.get(redacts) ?? []), eventId]);
    this.events.set(known.eventNid, known);
    this.eventsById.set(eventId, known);
  }

  addJoined(serverName: string, delta: number): void {
    this.joinedDeltas.set(serverName, (this.joinedDeltas.get(serverName) ?? 0) + delta);
  }

  absorb(later: Uncommitted): void {
    for (const [nodeNid, node] of later.nodes) this.nodes.set(nodeNid, node);
    for (const known of later.events.values()) this.addEvent(known);
    for (const [serverName, delta] of later.joinedDeltas) this.addJoined(serverName, delta);
    for (const [key, position] of later.receipts) this.receipts.set(key, position);
    for (const eventId of later.followed) this.followed.add(eventId);
  }
}

/** Where a view of a room reads, the first that knows counts. */
export interface RoomSources {
  readonly shard: number;
  readonly roomId: string;
  readonly memory: RoomMemory;
  readonly loaded: Loaded;
  /** Of the attempt itself, then of what was done before it in the same unit of work. */
  readonly uncommitted: readonly Uncommitted[];
}

/**
 * Reads a room synchronously. What is not in memory reads as absent and is noted in `missing`: an attempt that missed anything has
 * proved nothing, its result is thrown away, and it is repeated when that has been loaded.
 */
export class RoomView implements StateNodes {
  readonly sources: RoomSources;
  /** Made where anything is missed: of most attempts nothing is. */
  #missing: Missing | undefined;

  constructor(sources: RoomSources) {
    this.sources = sources;
  }

  get missing(): Missing {
    return (this.#missing ??= new Missing());
  }

  /** Whether anything was missed. */
  get hasMissed(): boolean {
    return this.#missing !== undefined && !this.#missing.isEmpty;
  }

  /** For the trie; what it does not find is noted by who asked it. */
  find(nodeNid: number): StateNode | undefined {
    const { memory, loaded, shard } = this.sources;
    for (const layer of this.sources.uncommitted) {
      const node = layer.nodes.get(nodeNid);
      if (node !== undefined) return node;
    }
    return memory.findNode(shard, nodeNid) ?? loaded.nodes.get(nodeNid);
  }

  event(eventNid: number): KnownEvent | undefined {
    const { memory, loaded, shard } = this.sources;
    for (const layer of this.sources.uncommitted) {
      const known = layer.events.get(eventNid);
      if (known !== undefined) return known;
    }
    const known = memory.findEvent(shard, eventNid) ?? loaded.events.get(eventNid);
    if (known === undefined) this.missing.events.add(eventNid);
    return known;
  }

  /** Nothing where the room has no such event, or where it is not known yet whether it has. */
  eventById(eventId: string): KnownEvent | undefined {
    if (!isEventId(eventId)) return undefined;
    const { memory, loaded, shard, roomId } = this.sources;
    for (const layer of this.sources.uncommitted) {
      const known = layer.eventsById.get(eventId);
      if (known !== undefined) return known;
    }
    const known = memory.findEventById(shard, roomId, eventId) ?? loaded.eventsById.get(eventId);
    if (known === undefined && !loaded.isRoomAbsent) this.missing.eventIds.add(eventId);
    return known ?? undefined;
  }

  /** Redactions, with effect or not, that came before the event which they name; who asks has looked for that event. */
  redactionsBefore(eventId: string): string[] {
    const { memory, loaded, roomId, uncommitted } = this.sources;
    const stored = [...(loaded.redactions.get(eventId) ?? []), ...memory.findRedactions(roomId, eventId)];
    const before = uncommitted.toReversed().flatMap(({ redactions }) => redactions.get(eventId) ?? []);
    return [...new Set([...stored, ...before])];
  }

  /** Whether an accepted event follows one that has no place: no extremity then when it gets one. It has been looked up. */
  isFollowed(eventId: string): boolean {
    const { memory, loaded, roomId, uncommitted } = this.sources;
    if (memory.isFollowed(roomId, eventId) || uncommitted.some(({ followed }) => followed.has(eventId))) return true;
    // @NOTE Memory knows events without a place, and only of those that are followed of late that they are.
    if (!loaded.eventsById.has(eventId) && !loaded.isRoomAbsent) this.missing.eventIds.add(eventId);
    return loaded.followed.has(eventId);
  }

  /** The event that stands for a key in a state. */
  stateEvent(root: number, type: string, stateKey: string): KnownEvent | undefined {
    const memo = this.sources.memory.findMemo(this.sources.roomId);
    if (memo?.root !== root) return this.#lookUp(root, { type, stateKey });
    if (memo.has(type, stateKey)) return memo.find(type, stateKey);
    const found = this.#lookUp(root, { type, stateKey });
    if (!this.hasMissed) memo.keep(type, stateKey, found);
    return found;
  }

  /** A state as the authorization rules read it. */
  authState(root: number): AuthState {
    return { find: (type, stateKey) => this.stateEvent(root, type, stateKey)?.event };
  }

  /** How many users of a server are joined to the room. */
  joinedCount(serverName: string): number {
    const { memory, loaded, roomId } = this.sources;
    const stored = memory.findJoined(roomId, serverName) ?? loaded.joinedCounts.get(serverName);
    if (stored === undefined) this.missing.servers.add(serverName);
    return this.sources.uncommitted.reduce(
      (count, layer) => count + (layer.joinedDeltas.get(serverName) ?? 0),
      stored ?? 0,
    );
  }

  /** The position of the event of a receipt. */
  receiptPosition(receipt: ReceiptKey): number | undefined {
    const key = receiptKeyOf(receipt);
    for (const { receipts } of this.sources.uncommitted) {
      const position = receipts.get(key);
      if (position !== undefined) return position;
    }
    const { receipts } = this.sources.loaded;
    if (!receipts.has(key)) this.missing.receipts.set(key, receipt);
    return receipts.get(key);
  }

  /** Whether any hosted server has users joined; `isHosted` says which are. */
  hasHostedResident(isHosted: (serverName: string) => boolean): boolean {
    for (const { joinedDeltas } of this.sources.uncommitted) {
      for (const [serverName, delta] of joinedDeltas) if (delta > 0 && isHosted(serverName)) return true;
    }
    const { hasHostedResident } = this.sources.loaded;
    if (hasHostedResident === undefined) this.missing.needsHostedResident = true;
    return hasHostedResident ?? false;
  }

  /** A hosted user's membership in another room, as of now. */
  membershipElsewhere(userId: string, roomId: string): string | undefined {
    const key = membershipKey(userId, roomId);
    if (!this.sources.loaded.memberships.has(key)) this.missing.memberships.set(key, { userId, roomId });
    return this.sources.loaded.memberships.get(key);
  }

  /** A hosted user's membership in this room as it is projected: there are some that the room's state does not have. */
  userRoom(userId: string): UserRoom | undefined {
    const { userRooms } = this.sources.loaded;
    if (!userRooms.has(userId)) this.missing.userRooms.add(userId);
    return userRooms.get(userId);
  }

  /**
   * Whether an annotation is there. What is not committed does not count: an attempt that needs this waits for the commit of what came
   * before it in the room.
   */
  hasAnnotation(annotation: Annotation): boolean {
    const key = annotationKey(annotation);
    const known = this.sources.loaded.annotations.get(key);
    if (known === undefined) this.missing.annotations.set(key, annotation);
    return known ?? false;
  }

  /** Whether a server has users joined to another room, as of now. */
  isResidentElsewhere(serverName: string, roomId: string): boolean {
    const key = membershipKey(serverName, roomId);
    const known = this.sources.loaded.residencies.get(key);
    if (known === undefined) this.missing.residencies.set(key, { serverName, roomId });
    return known ?? false;
  }

  #lookUp(root: number, key: StateKey): KnownEvent | undefined {
    const lookup = lookupState(root, key, this);
    if (lookup.outcome === 'missing') {
      for (const nodeNid of lookup.nodeIds) this.missing.nodes.add(nodeNid);
      return undefined;
    }
    return lookup.eventNid === undefined ? undefined : this.event(lookup.eventNid);
  }
}
