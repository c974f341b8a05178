import { encodeCanonicalJson, serverNameOf } from '@plexus/matrix-base';
import type { PolicyAsker } from '@plexus/pdu-checks';
import { checkAuth } from '@plexus/room-dag';
import type { SignedEvent } from '@plexus/room-dag';
import type { EventStatus } from '@plexus/storage';
import { checkByAuthEvents } from '../pdus/check-by-auth-events.ts';
import { extremitiesAfter } from '../pdus/extremities-after.ts';
import { resolveStates } from '../pdus/resolve-states.ts';
import type { ResolutionPurpose } from '../pdus/resolve-states.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import { findPolicyServer } from '../policy/find-policy-server.ts';
import { havePolicySigned } from '../policy/have-policy-signed.ts';
import { isOutlier } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { Uncommitted } from '../rooms/room-view.ts';
import type { JudgedPiece, JudgedRoom } from './judged-room.ts';

/** Who decides elsewhere what takes long. */
export interface JudgeAgainPorts {
  readonly resolver: StateResolver;
  /** Nothing: no policy server is asked, and none is needed. */
  readonly policy: PolicyAsker | undefined;
}

/** The event by which the room was joined, and the complete state before it. */
export interface CompleteBase {
  readonly join: KnownEvent;
  readonly root: number;
}

/**
 * Judges events of a room that was joined with members omitted once more, over the complete state, in the order in which they came: each gets the
 * states, the outcome of the checks 4 to 7 on receipt of a PDU, and the part in the room's extremities and current state that it would have had
 * if all members had been known.
 *
 *     complete state ──join──► state after it ──event──► … ──event──► current state
 *
 * What was accepted may be rejected or soft-failed by it, and the other way round, state events as well as messages. It changes nothing but nodes
 * of states: what has been found out is the caller's to store, all at once.
 *
 * @NOTE Another thread may have to resolve states, and knows stored roots alone: an event that needs that is the first of its piece.
 */
export class JudgeAgain {
  readonly #edit: RoomEdit;
  readonly #head: RoomHead;
  readonly #base: CompleteBase;
  readonly #ports: JudgeAgainPorts;
  readonly #before: Omit<JudgedRoom, 'signed'>;
  readonly #judged = new Map<number, KnownEvent>();
  readonly #signed = new Map<number, Buffer>();
  readonly #changed = new Uncommitted();
  #extremities: readonly KnownEvent[];
  #currentRoot: number;

  constructor(
    edit: RoomEdit,
    { head, base, ports }: { readonly head: RoomHead; readonly base: CompleteBase; readonly ports: JudgeAgainPorts },
    before: Omit<JudgedRoom, 'signed'>,
  ) {
    this.#edit = edit;
    this.#head = head;
    this.#base = base;
    this.#ports = ports;
    this.#before = before;
    this.#extremities = before.extremities;
    this.#currentRoot = before.currentRoot;
    for (const known of before.changed) this.#changed.addEvent(known);
    edit.readFirst(this.#changed);
  }

  /** Judges so many of the events as can be judged in one piece, at most `limit`; means nothing where the edit misses anything. */
  take(eventNids: readonly number[], limit: number): JudgedPiece {
    const events = eventNids.map((eventNid) => this.#edit.event(eventNid)).filter((known) => known !== undefined);
    for (const { event } of events)
      for (const eventId of [...event.prevEvents, ...event.authEvents]) this.#edit.eventById(eventId);
    if (!this.#edit.isIncomplete) this.#judgeInTurn(events, limit);
    return {
      events: this.#judged,
      changed: [...this.#changed.events.values()],
      signed: this.#signed,
      extremities: this.#extremities,
      currentRoot: this.#currentRoot,
    };
  }

  /** @NOTE Where something is missing the others are gone through still, so that what they miss is loaded with it. */
  #judgeInTurn(events: readonly KnownEvent[], limit: number): void {
    for (const known of events) {
      if (this.#judged.size >= limit) return;
      const prevEvents = this.#prevEventsOf(known);
      if (prevEvents.some((prev) => this.#isUnjudged(prev))) continue;
      const isFirst = this.#judged.size === 0 && this.#edit.changes.stateNodes.length === 0;
      if (!isFirst && !this.#isPlain(known, prevEvents)) return;
      this.#judge(known, prevEvents);
    }
  }

  /** Those that have a place, as they are now. */
  #prevEventsOf({ event }: KnownEvent): KnownEvent[] {
    const found = [...new Set(event.prevEvents)].map((eventId) => this.#edit.eventById(eventId));
    return found
      .filter((known) => known !== undefined)
      .filter((known) => !isOutlier(known))
      .map((known) => this.#findJudged(known) ?? known);
  }

  /** @NOTE Events come in the order of their numbers; one that was stored without a place first may have a lower one than what it follows. */
  #isUnjudged(prev: KnownEvent): boolean {
    const { topologicalPosition = 0, streamPosition = 0 } = this.#base.join;
    const isSince =
      (prev.topologicalPosition ?? 0) >= topologicalPosition || (prev.streamPosition ?? 0) > streamPosition;
    return isSince && this.#findJudged(prev) === undefined;
  }

  #findJudged({ eventNid }: KnownEvent): KnownEvent | undefined {
    return this.#judged.get(eventNid) ?? this.#before.events.get(eventNid);
  }

  /** Whether no states have to be resolved for it: it follows all there is. */
  #isPlain({ eventNid }: KnownEvent, prevEvents: readonly KnownEvent[]): boolean {
    if (eventNid === this.#base.join.eventNid) return true;
    const followed = new Set(prevEvents.map((prev) => prev.eventNid));
    const roots = new Set(prevEvents.map(({ stateAfter }) => stateAfter));
    return roots.size < 2 && this.#extremities.every((extremity) => followed.has(extremity.eventNid));
  }

  #judge(known: KnownEvent, prevEvents: readonly KnownEvent[]): void {
    const { eventNid } = known;
    const stateBefore = this.#stateBefore(known, prevEvents);
    const { status, event = known.event } =
      eventNid === this.#base.join.eventNid ? known : this.#outcomeOf(known, stateBefore);
    const isInState = event.stateKey !== undefined && status !== 'rejected';
    const stateAfter = isInState
      ? this.#edit.changeState(this.#head, stateBefore, [{ type: event.type, stateKey: event.stateKey, eventNid }])
      : stateBefore;
    const judged: KnownEvent = { ...known, event, status, stateBefore, stateAfter };
    this.#judged.set(eventNid, judged);
    if (status !== known.status) this.#changed.addEvent(judged);
    if (status === 'accepted') this.#append(judged, prevEvents);
  }

  /** @NOTE The state before an event that follows a gap was received with it, and is complete. */
  #stateBefore({ eventNid, event, stateBefore }: KnownEvent, prevEvents: readonly KnownEvent[]): number {
    const { join, root } = this.#base;
    if (eventNid === join.eventNid) return root;
    const lacksSome = prevEvents.length < new Set(event.prevEvents).size;
    return lacksSome && stateBefore !== undefined ? stateBefore : this.#resolve(prevEvents, 'state-before');
  }

  #outcomeOf(known: KnownEvent, stateBefore: number): JudgedEvent {
    const { event, status } = known;
    if (checkByAuthEvents(this.#edit, event) !== undefined) return { status: 'rejected' };
    if (checkAuth(event, this.#edit.authState(stateBefore)).outcome === 'reject') return { status: 'rejected' };
    if (checkAuth(event, this.#edit.authState(this.#currentRoot)).outcome === 'reject')
      return { status: 'soft-failed' };
    return status === 'accepted' || this.#edit.isIncomplete ? { status: 'accepted' } : this.#judgeByPolicy(known);
  }

  /** @NOTE The policy server was not asked about what was not allowed. Of a copy without its content the signature is not kept: the whole one may come. */
  #judgeByPolicy({ event, eventNid, isRedactedCopy }: KnownEvent): JudgedEvent {
    const { policy: asker } = this.#ports;
    const policyServer = findPolicyServer(this.#edit, this.#judgedHead(), event);
    if (policyServer === undefined || asker === undefined || this.#edit.isIncomplete) return { status: 'accepted' };
    const origin = serverNameOf(this.#base.join.event.sender);
    const stored: SignedEvent = { event, bytes: Buffer.from(encodeCanonicalJson(event.pdu, 'any')) };
    const answer = havePolicySigned(this.#edit, stored, { policyServer, asker, origin });
    if (answer.outcome === 'incomplete') return { status: 'accepted' };
    if (answer.outcome !== 'recommended') return { status: 'soft-failed' };
    const { signed } = answer;
    if (signed.event === event || isRedactedCopy === true) return { status: 'accepted' };
    this.#signed.set(eventNid, signed.bytes);
    return { status: 'accepted', event: signed.event };
  }

  #append(judged: KnownEvent, prevEvents: readonly KnownEvent[]): void {
    const left = extremitiesAfter(this.#edit, this.#judgedHead(), prevEvents);
    const extremities = [...left, judged];
    this.#currentRoot = this.#resolve(extremities, 'current-state');
    this.#extremities = extremities;
  }

  /** The room’s head after what has been judged so far. */
  #judgedHead(): RoomHead {
    return { ...this.#head, extremities: this.#extremities, currentRoot: this.#currentRoot };
  }

  #resolve(events: readonly KnownEvent[], purpose: ResolutionPurpose): number {
    const roots = events.map(({ stateAfter }) => stateAfter ?? this.#currentRoot);
    return resolveStates(this.#edit, this.#judgedHead(), { roots, purpose, resolver: this.#ports.resolver });
  }
}

interface JudgedEvent {
  readonly status: EventStatus;
  /** With the signature that was missing. */
  readonly event?: SignedEvent['event'];
}
