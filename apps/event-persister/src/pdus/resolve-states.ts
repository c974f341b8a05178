import { encodeCanonicalJson } from '@plexus/matrix-base';
import { EMPTY_ROOT, lookupState, NOT_LOADED, resolveState, StateComparison } from '@plexus/room-dag';
import type {
  AuthChildren,
  AuthGraph,
  ResolutionInput,
  ResolvedEntry,
  StateChange,
  StateConflictEntry,
} from '@plexus/room-dag';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type {
  LargeTransition,
  MadeState,
  NumberedConflict,
  NumberedEntry,
  ResolutionCost,
  ResolutionTask,
  StateResolver,
} from './state-resolver.ts';

/** Where it is called from: names what a worker has resolved for this PDU. */
export type ResolutionPurpose = 'state-before' | 'current-state';

/**
 * More differing entries than this are resolved by a worker, and what still misses events after so many attempts, each of which begins
 * anew with one generation more: they could hold the process up for too long.
 */
const MAX_ENTRIES_HERE = 400;
const MAX_ATTEMPTS_HERE = 4;

/**
 * The root of the state that several states resolve to, empty for none; the first of them must be stored. Incomplete as long as the edit misses anything; then the root means nothing.
 */
export function resolveStates(
  edit: RoomEdit,
  head: RoomHead,
  {
    roots,
    purpose,
    resolver,
  }: { readonly roots: readonly number[]; readonly purpose: ResolutionPurpose; readonly resolver: StateResolver },
): number {
  const distinct = [...new Set(roots)];
  const [first = EMPTY_ROOT] = distinct;
  if (distinct.length < 2) return first;
  if (isOfExtremities(head, distinct)) return head.currentRoot;
  const comparison = new StateComparison(distinct);
  const { conflicts, missing } = comparison.take(resolver.placesHere, edit);
  for (const nodeNid of missing) edit.missing.nodes.add(nodeNid);
  if (missing.length > 0) return first;
  if (!comparison.isDone) return findMadeState(edit, head, { roots: distinct, purpose, resolver });
  const resolved = findResolved(edit, head, { conflicts, base: first, purpose, resolver });
  if (resolved === undefined || edit.isIncomplete) return first;
  return changeBy(edit, head, { root: first, late: resolved });
}

/** The current state is what the states after all forward extremities resolve to. */
function isOfExtremities({ extremities }: RoomHead, roots: readonly number[]): boolean {
  const ends = new Set(extremities.map(({ stateAfter }) => stateAfter));
  return ends.size === roots.length && roots.every((root) => ends.has(root));
}

/** The state that was made elsewhere of states that differ in much; it is stored. */
export function findMadeRoot(edit: RoomEdit, purpose: ResolutionPurpose): number | undefined {
  return madeStateOf(edit, purpose)?.root;
}

function madeStateOf(edit: RoomEdit, purpose: ResolutionPurpose): MadeState | undefined {
  return edit.sources.loaded.results.get(`${purpose} made`) as MadeState | undefined;
}

function findMadeState(
  edit: RoomEdit,
  head: RoomHead,
  {
    roots,
    purpose,
    resolver,
  }: { readonly roots: readonly number[]; readonly purpose: ResolutionPurpose; readonly resolver: StateResolver },
): number {
  const made = madeStateOf(edit, purpose);
  if (made !== undefined) return changeBy(edit, head, made);
  const nodes = new Map(edit.sources.uncommitted.flatMap((layer) => [...layer.nodes]));
  const task = { ...placeOf(head), roots, nodes, uncommitted: uncommittedOf(edit) };
  edit.missing.tasks.set(`${purpose} made`, () => resolver.makeState(task));
  return roots[0] ?? head.currentRoot;
}

function changeBy(edit: RoomEdit, head: RoomHead, { root, late }: MadeState): number {
  const changes = late.map(({ type, stateKey, eventNid, eventId }): StateChange => {
    return { type, stateKey, eventNid: eventId === undefined ? eventNid : edit.eventById(eventId)?.eventNid };
  });
  return edit.changeState(head, root, changes);
}

const TRANSITION = 'transition';

/**
 * Has what changes from the room's current state to a stored one counted elsewhere, where that is much: whoever moves the room's head goes by it. Incomplete
 * until it is counted.
 */
export function countTransition(
  edit: RoomEdit,
  head: RoomHead,
  { to, resolver }: { readonly to: number; readonly resolver: StateResolver },
): void {
  const comparison = new StateComparison([head.currentRoot, to]);
  const { missing } = comparison.take(resolver.placesHere, edit);
  for (const nodeNid of missing) edit.missing.nodes.add(nodeNid);
  if (missing.length > 0 || comparison.isDone) return;
  const counted = edit.sources.loaded.results.get(TRANSITION) as LargeTransition | undefined;
  if (counted !== undefined) return edit.noteTransition(counted);
  const { shard, roomNid, currentRoot: from } = head;
  edit.missing.tasks.set(TRANSITION, () => resolver.countTransition({ shard, roomNid, from, to }));
}

interface Conflicted {
  readonly conflicts: readonly NumberedConflict[];
  /** A root that has what all of them share. */
  readonly base: number;
  readonly purpose: ResolutionPurpose;
  readonly resolver: StateResolver;
}

function findResolved(edit: RoomEdit, head: RoomHead, conflicted: Conflicted): readonly NumberedEntry[] | undefined {
  const { conflicts, purpose, resolver } = conflicted;
  const { loaded } = edit.sources;
  const entries = conflicts.reduce((count, { eventNids }) => count + eventNids.length, 0);
  const attempts = loaded.attempts.get(purpose) ?? 0;
  if (entries > MAX_ENTRIES_HERE || attempts >= MAX_ATTEMPTS_HERE) {
    const done = loaded.results.get(purpose);
    if (done === undefined) edit.missing.tasks.set(purpose, () => resolver.resolve(taskOf(edit, head, conflicted)));
    return done as readonly NumberedEntry[] | undefined;
  }
  const begun = performance.now();
  const resolved = resolveHere(edit, head, conflicted);
  if (resolved === undefined) loaded.attempts.set(purpose, attempts + 1);
  else resolver.resolved?.(costOf(head, conflicts, performance.now() - begun));
  return resolved;
}

function costOf({ roomId }: RoomHead, conflicts: readonly NumberedConflict[], threadMs: number): ResolutionCost {
  return { roomId, states: conflicts[0]?.eventNids.length ?? 0, threadMs, readMs: 0 };
}

function resolveHere(
  edit: RoomEdit,
  head: RoomHead,
  { conflicts, base }: Pick<Conflicted, 'conflicts' | 'base'>,
): readonly NumberedEntry[] | undefined {
  const named = conflicts.map(({ type, stateKey, eventNids }) => ({
    type,
    stateKey,
    eventIds: eventNids.map((nid) => (nid === undefined ? undefined : edit.event(nid)?.event.eventId)),
  }));
  if (edit.isIncomplete) return undefined;
  const resolution = resolveState(inputOf(edit, head, { conflicts: named, base }));
  if (resolution.outcome === 'resolved') return edit.isIncomplete ? undefined : numbered(edit, resolution.changes);
  for (const eventId of resolution.eventIds) edit.eventById(eventId);
  for (const eventId of resolution.authChildrenOf) noteMissingChildren(edit, eventId);
  if (!edit.isIncomplete) throw new Error(`state resolution misses ${JSON.stringify(resolution).slice(0, 500)}`);
  return undefined;
}

function numbered(edit: RoomEdit, entries: readonly ResolvedEntry[]): NumberedEntry[] {
  return entries.map(({ type, stateKey, eventId }) => ({
    type,
    stateKey,
    eventNid: eventId === undefined ? undefined : edit.eventById(eventId)?.eventNid,
  }));
}

function inputOf(
  edit: RoomEdit,
  head: RoomHead,
  { conflicts, base }: { readonly conflicts: readonly StateConflictEntry[]; readonly base: number },
): ResolutionInput {
  return {
    roomId: head.roomId,
    rules: head.rules,
    conflicts,
    unconflicted: { findEventId: (type, stateKey) => findUnconflicted(edit, base, { type, stateKey }) },
    events: authGraphOf(edit),
  };
}

function findUnconflicted(
  edit: RoomEdit,
  root: number,
  key: { readonly type: string; readonly stateKey: string },
): string | undefined | typeof NOT_LOADED {
  const lookup = lookupState(root, key, edit);
  if (lookup.outcome === 'missing') {
    for (const nodeNid of lookup.nodeIds) edit.missing.nodes.add(nodeNid);
    return NOT_LOADED;
  }
  if (lookup.eventNid === undefined) return undefined;
  return edit.event(lookup.eventNid)?.event.eventId ?? NOT_LOADED;
}

/** @NOTE `eventById` notes what is not loaded, so that the look-ups below need not. */
function authGraphOf(edit: RoomEdit): AuthGraph {
  return {
    find: (eventId) => edit.eventById(eventId)?.event,
    isRejected: (eventId) => edit.eventById(eventId)?.status === 'rejected',
    authDepth: (eventId) => edit.eventById(eventId)?.authDepth ?? 0,
    authChildren: (eventId) => authChildrenOf(edit, eventId),
  };
}

function authChildrenOf(edit: RoomEdit, eventId: string): AuthChildren | undefined {
  const known = edit.eventById(eventId);
  const stored = known === undefined ? undefined : edit.sources.loaded.citedBy.get(known.eventNid);
  if (stored === undefined) return undefined;
  const uncommitted = edit.uncommittedStateEvents().filter(({ event }) => event.authEvents.includes(eventId));
  const latest = uncommitted.map(({ event }) => ({
    eventId: event.eventId,
    type: event.type,
    stateKey: event.stateKey ?? '',
  }));
  return { events: [...latest.toReversed(), ...stored.events], isComplete: stored.isComplete };
}

function noteMissingChildren(edit: RoomEdit, eventId: string): void {
  const known = edit.eventById(eventId);
  if (known !== undefined) edit.missing.citedBy.add(known.eventNid);
}

function taskOf(edit: RoomEdit, head: RoomHead, { conflicts, base }: Conflicted): ResolutionTask {
  return { ...placeOf(head), conflicts, base, uncommitted: uncommittedOf(edit) };
}

function placeOf({ shard, roomNid, roomId, rules }: RoomHead) {
  return { shard, roomNid, roomId, roomVersion: rules.version };
}

function uncommittedOf(edit: RoomEdit): ResolutionTask['uncommitted'] {
  return edit.uncommittedStateEvents().map(({ event, eventNid, authDepth, status }) => ({
    eventNid,
    eventId: event.eventId,
    json: Buffer.from(encodeCanonicalJson(event.pdu, 'any')),
    authDepth,
    isRejected: status === 'rejected',
  }));
}
