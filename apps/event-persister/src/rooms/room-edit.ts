import { encodeStateNode, updateState } from '@plexus/room-dag';
import type { RoomVersionRules, StateChange } from '@plexus/room-dag';
import { encodePurgedEvents } from '@plexus/storage';
import type { EventPurge, EventUnread, NewReceipt, RoomBlockChange, ShardCounters } from '@plexus/storage';
import type { LargeTransition } from '../pdus/state-resolver.ts';
import { noteUnread, unreadOf } from '../receipts/unread-of.ts';
import { changedKeysOf } from './changed-keys.ts';
import { Changes } from './changes.ts';
import type { ChangedKey } from './changes.ts';
import { countMembers } from './count-members.ts';
import type { KnownEvent } from './known-event.ts';
import type { EventToStore, NextHead } from './event-to-store.ts';
import { receiptKeyOf } from './loaded.ts';
import { erasedForm } from './erased-form.ts';
import { eventEntry, purgeEntry, receiptsEntry, removalEntry } from './log-entries.ts';
import { newEventOf } from './new-event.ts';
import { projectMemberships } from './project-memberships.ts';
import { projectSummary, summarize } from './project-summary.ts';
import type { HeadMove } from './head-move.ts';
import type { RoomHead } from './room-head.ts';
import { emptyHead } from './room-head.ts';
import type { RoomSources } from './room-view.ts';
import { RoomView, Uncommitted } from './room-view.ts';
import { addTransition, notableKeys } from './transitions.ts';
import { noteCopy, wholeCopy } from './whole-copy.ts';

export interface RoomEditOptions extends Omit<RoomSources, 'uncommitted'> {
  /** Of what was done before in the same unit of work, if anything was. */
  readonly before: Uncommitted | undefined;
  readonly head: RoomHead | undefined;
  readonly counters: ShardCounters;
  readonly isHosted: (serverName: string) => boolean;
}

/**
 * One attempt to do something in a room: reads like a view, and collects what would be stored. It changes nothing outside: whoever made
 * it takes its changes, or throws it away.
 */
export class RoomEdit extends RoomView {
  readonly changes = new Changes();
  readonly uncommitted: Uncommitted;
  readonly #options: RoomEditOptions;
  readonly #layers: Uncommitted[];
  #head: RoomHead | undefined;
  #isNewRoom = false;
  #transition: LargeTransition | undefined;
  #counters: ShardCounters;

  constructor(options: RoomEditOptions) {
    const own = new Uncommitted();
    const layers = options.before === undefined ? [own] : [own, options.before];
    super({ ...options, uncommitted: layers });
    this.uncommitted = own;
    this.#layers = layers;
    this.#options = options;
    this.#head = options.head;
    this.#counters = options.counters;
  }

  /** The same attempt from its beginning. */
  restart(): RoomEdit {
    return new RoomEdit(this.#options);
  }

  /** Has events read as this attempt takes them to be, before what is stored of them. It does not store them. */
  readFirst(layer: Uncommitted): void {
    this.#layers.splice(1, 0, layer);
  }

  get shard(): number {
    return this.sources.shard;
  }

  /** Nothing where the room is not stored. */
  get head(): RoomHead | undefined {
    return this.#head;
  }

  get hasMovedHead(): boolean {
    return this.#head !== this.#options.head;
  }

  get counters(): ShardCounters {
    return this.#counters;
  }

  isHosted(serverName: string): boolean {
    return this.#options.isHosted(serverName);
  }

  get isNewRoom(): boolean {
    return this.#isNewRoom;
  }

  /** State events that are not committed, in the order in which they were made. */
  uncommittedStateEvents(): KnownEvent[] {
    const layers = this.sources.uncommitted.toReversed();
    return layers.flatMap(({ events }) => [...events.values()].filter(({ event }) => event.stateKey !== undefined));
  }

  /** Begins a room that is not stored yet. */
  beginRoom(rules: RoomVersionRules): RoomHead {
    const { shard, sources } = this;
    return this.adoptRoom(emptyHead({ shard, roomId: sources.roomId, roomNid: this.allot('lastRoomNid'), rules }));
  }

  /** Begins a room under a number that was given out before, in a state that is stored. */
  adoptRoom(head: RoomHead): RoomHead {
    this.#isNewRoom = true;
    this.#head = head;
    return head;
  }

  /** The room's state lacks members from the event on by which it was joined. */
  setPartialJoin(head: RoomHead, { eventNid }: KnownEvent): void {
    this.#head = { ...head, partialJoin: eventNid };
  }

  /** Lets the room go on from another state and other extremities. A row of the log tells where the state changes by it, and of the keys that do if they are given. */
  replaceHead(head: RoomHead, next: RoomHead, changed: readonly ChangedKey[] = []): RoomHead {
    const { currentRoot: root } = next;
    if (head.currentRoot !== root)
      this.changes.log.push(eventEntry(head, this.allot('position'), { root, stored: undefined, changed }));
    this.#head = next;
    return next;
  }

  /** Ends the room: nothing of it can be read or done from the commit on. A row of the log tells those who follow. */
  removeRoom(head: RoomHead, removedFor: string): void {
    const { shard, roomNid, roomId } = head;
    this.#head = undefined;
    this.changes.removedRooms.push({ shard, roomNid, roomId, removedFor });
    this.changes.log.push(removalEntry(head, this.allot('position')));
  }

  /** Lets the room go on from one of its extremities. */
  keepExtremity(head: RoomHead, kept: KnownEvent): void {
    const { topologicalPosition, currentRoot } = head;
    const root = kept.stateAfter ?? currentRoot;
    this.#moveHead(head, { root, extremities: [kept], topologicalPosition, stored: undefined });
  }

  /** Says whether users of a hosted server may take part; `head` is nothing where the room is not stored. */
  blockRoom(head: RoomHead | undefined, { serverName, blockedBy }: Omit<RoomBlockChange, 'shard' | 'roomId'>): void {
    this.changes.blocks.push({ shard: this.shard, roomId: this.sources.roomId, serverName, blockedBy });
    if (head === undefined) return;
    const others = [...head.blockedFor].filter((name) => name !== serverName);
    this.#head = { ...head, blockedFor: new Set(blockedBy === undefined ? others : [...others, serverName]) };
  }

  /** Takes events out of the timeline. A row of the log tells those who follow which ones. */
  purgeEvents(head: RoomHead, fates: Omit<EventPurge, 'shard' | 'roomNid'>): void {
    const { shard, roomNid } = head;
    this.changes.purges.push({ shard, roomNid, ...fates });
    const body = encodePurgedEvents([...fates.removed, ...fates.outliers, ...fates.judged]);
    this.changes.log.push(purgeEntry(head, this.allot('position'), body));
  }

  /** Has the room's summary projected, now and with each change of it. */
  listRoom(head: RoomHead): void {
    if (!head.isListed) this.changes.listedRooms.push({ shard: head.shard, roomNid: head.roomNid });
    this.#head = { ...head, isListed: true };
    this.changes.summaries.push(summarize(this, head, this.#counters.position));
  }

  /** Gives an event its number and its places, and its row. It does not change the room's head. */
  storeEvent(head: RoomHead, toStore: EventToStore, appended: Appended = NOT_APPENDED): KnownEvent {
    const { streamPosition, unread } = appended;
    const { status, stateBefore, prevEvents, authEvents, outlier } = toStore;
    const { event, bytes, isRedactedCopy = false } = erasedForm(head, wholeCopy(toStore, outlier));
    const eventNid = outlier?.eventNid ?? this.allot('lastEventNid');
    const isInState = event.stateKey !== undefined && status !== 'rejected';
    const known: KnownEvent = {
      eventNid,
      event,
      status,
      authDepth: authEvents.reduce((depth, cited) => Math.max(depth, cited.authDepth + 1), 0),
      streamPosition,
      unread,
      topologicalPosition:
        toStore.topologicalPosition ??
        prevEvents.reduce((at, prev) => Math.max(at, prev.topologicalPosition ?? 0), 0) + 1,
      stateBefore,
      stateAfter: isInState
        ? this.changeState(head, stateBefore, [{ type: event.type, stateKey: event.stateKey, eventNid }])
        : stateBefore,
      redactedBy: outlier === undefined ? this.redactionsBefore(event.eventId) : outlier.redactedBy,
      byteLength: bytes.length,
      isRedactedCopy,
    };
    this.uncommitted.addEvent(known);
    noteCopy(this, head, { known, bytes, outlier });
    const { roomNid } = head;
    const wasOutlier = outlier !== undefined;
    this.changes.events.push(newEventOf(this, known, { roomNid, json: bytes, authEvents, wasOutlier }));
    return known;
  }

  /** Stores an accepted event as the room's newest: a row of the log, and the head that follows from it. */
  appendEvent(head: RoomHead, toStore: EventToStore, next: NextHead = {}): KnownEvent {
    const position = this.#counters.position + 1;
    const unread = unreadOf(toStore.event, head, this);
    const known = this.storeEvent(head, toStore, { streamPosition: position, unread: unread.event });
    noteUnread(this.changes, known, { unread, place: { ...head, position }, isHosted: this.#options.isHosted });
    const root = next.rootOf?.(known) ?? known.stateAfter ?? head.currentRoot;
    this.#moveHead(head, {
      root,
      extremities: [...(next.extremities ?? []), ...(next.isFollowed === true ? [] : [known])],
      topologicalPosition: Math.max(head.topologicalPosition, known.topologicalPosition ?? 0),
      stored: this.changes.events.at(-1),
      unread: unread.event,
      ...(next.origin === undefined ? {} : { origin: next.origin }),
    });
    return known;
  }

  /** What follows in the same attempt finds these receipts. */
  noteReceipts(receipts: readonly Omit<NewReceipt, 'position'>[]): void {
    for (const receipt of receipts) this.uncommitted.receipts.set(receiptKeyOf(receipt), receipt.eventPosition);
  }

  /** Stores receipts, with one row of the log for all of them. */
  appendReceipts(head: RoomHead, receipts: readonly Omit<NewReceipt, 'position'>[]): void {
    const position = this.allot('position');
    this.noteReceipts(receipts);
    this.changes.receipts.push(...receipts.map((receipt) => ({ ...receipt, position })));
    this.changes.log.push(receiptsEntry(head, position, receipts));
  }

  /** The room's next state is near this one, and what changes up to there has been counted. */
  noteTransition(transition: LargeTransition): void {
    this.#transition = transition;
  }

  /** The state after changes; the old one where nodes are missing. */
  changeState(head: Pick<RoomHead, 'roomNid'>, root: number, changes: readonly StateChange[]): number {
    const updated = updateState(root, changes, { nodes: this, allotId: () => this.allot('lastNodeNid') });
    if (updated.outcome === 'missing') {
      for (const nodeNid of updated.nodeIds) this.missing.nodes.add(nodeNid);
      return root;
    }
    for (const { id, node } of updated.created) {
      this.uncommitted.nodes.set(id, node);
      const body = encodeStateNode(node);
      this.changes.stateNodes.push({ shard: this.shard, roomNid: head.roomNid, nodeNid: id, body });
    }
    return updated.root;
  }

  #moveHead(head: RoomHead, move: HeadMove): void {
    const position = this.allot('position');
    const { root, stored } = move;
    const own = stored === undefined ? undefined : this.uncommitted.events.get(stored.eventNid);
    const large = this.#transition?.from === head.currentRoot ? this.#transition : undefined;
    const near = large === undefined ? head : { ...head, currentRoot: large.to };
    const changed = changedKeysOf(this, near, { root, own });
    const { joinedDelta, invitedDelta, residency } = addTransition(countMembers(this, near, changed), large);
    for (const { serverName, joinedDelta: delta } of residency) this.uncommitted.addJoined(serverName, delta);
    this.changes.residency.push(...residency);
    const notable = notableKeys(changed, large);
    const transition = { ...head, previousRoot: head.currentRoot, currentRoot: root, changed: notable, position };
    this.changes.memberships.push(...projectMemberships(this, transition, this.#options.isHosted));
    const { extremities, topologicalPosition, unread: { notifyCount, threadNotifyCount } = head } = move;
    const counts = {
      joinedCount: head.joinedCount + joinedDelta,
      invitedCount: head.invitedCount + invitedDelta,
      notifyCount,
      threadNotifyCount,
    };
    const next = { ...head, currentRoot: move.root, extremities, topologicalPosition, ...counts };
    const { isRedescribed } = this.changes;
    this.changes.summaries.push(...projectSummary(this, { ...transition, isRedescribed }, next));
    this.changes.isRedescribed = false;
    this.#head = next;
    this.changes.isStateReplaced ||= large !== undefined;
    const told = { redactedBy: own?.redactedBy, changed: large === undefined ? changed : [] };
    this.changes.log.push(eventEntry(head, position, { ...move, ...told }));
    this.changes.changedKeys.push(...changed);
  }

  get isIncomplete(): boolean {
    return this.hasMissed;
  }

  /** The shard's next number. */
  allot(counter: 'position' | 'lastRoomNid' | 'lastEventNid' | 'lastNodeNid'): number {
    const next = this.#counters[counter] + 1;
    this.#counters = { ...this.#counters, [counter]: next };
    return next;
  }
}

/** What only the room's newest event has. */
interface Appended {
  readonly streamPosition: number | undefined;
  readonly unread: EventUnread | undefined;
}

const NOT_APPENDED: Appended = { streamPosition: undefined, unread: undefined };
