import type { PolicyAsker } from '@plexus/pdu-checks';
import { checkAuth } from '@plexus/room-dag';
import type { AuthState, RoomEvent, SignedEvent } from '@plexus/room-dag';
import type { EventStatus } from '@plexus/storage';
import { findPolicyServer } from '../policy/find-policy-server.ts';
import { havePolicySigned } from '../policy/have-policy-signed.ts';
import { applyRedaction } from '../rooms/apply-redaction.ts';
import { noteBackwardExtremities } from '../rooms/backward-extremities.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { GAP_POSITIONS } from '../rooms/topological-positions.ts';
import { checkByAuthEvents } from './check-by-auth-events.ts';
import { extremitiesAfter } from './extremities-after.ts';
import { countTransition, findMadeRoot, resolveStates } from './resolve-states.ts';
import type { StateResolver } from './state-resolver.ts';

/** An event of which all that decides is known. */
export interface PlacedEvent {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  /** Whether its content did not match its hash: it is the redacted form. */
  readonly isRedactedCopy?: boolean;
  /** The event as it is stored already, without a place. */
  readonly outlier: KnownEvent | undefined;
  /** Those that have a place. */
  readonly prevEvents: readonly KnownEvent[];
  readonly authEvents: readonly KnownEvent[];
  readonly stateBefore: number;
  /** Not all of its predecessors have a place: `stateBefore` was received with it. */
  readonly isAfterGap?: boolean;
  /** The hosted server that tells the other servers in the room of it. */
  readonly distributedBy?: string | undefined;
  readonly resolver: StateResolver;
  /** Who asks the room's policy server, and in the name of which hosted server; nothing where no policy server decides. */
  readonly policy?: { readonly asker: PolicyAsker; readonly origin: string } | undefined;
}

/** What the checks came to; `incomplete` where the edit misses anything. */
export type Placing =
  | { readonly outcome: 'stored'; readonly status: EventStatus; readonly rule: string | undefined }
  | { readonly outcome: 'incomplete' };

/** Makes the checks 4 to 7, and stores the event by what they say: as the room's newest, or as one that nobody is shown. */
export function placeEvent(edit: RoomEdit, head: RoomHead, received: PlacedEvent): Placing {
  const { status, rule, signed = received } = check(edit, head, received);
  if (edit.isIncomplete) return { outcome: 'incomplete' };
  const placed = { ...received, event: signed.event, bytes: signed.bytes };
  const isAfterGap = placed.isAfterGap ?? false;
  const topologicalPosition = isAfterGap ? { topologicalPosition: head.topologicalPosition + GAP_POSITIONS } : {};
  const toStore = { ...placed, ...topologicalPosition, status };
  const known = status === 'accepted' ? append(edit, head, toStore) : edit.storeEvent(head, toStore);
  if (isAfterGap && !edit.isIncomplete) noteBackwardExtremities(edit, head, known);
  return edit.isIncomplete ? { outcome: 'incomplete' } : { outcome: 'stored', status, rule };
}

interface Checked {
  readonly status: EventStatus;
  readonly rule: string | undefined;
  /** With the signature that was missing. */
  readonly signed?: SignedEvent;
}

function check(edit: RoomEdit, head: RoomHead, placed: PlacedEvent): Checked {
  const { event, stateBefore } = placed;
  // 4.
  const byAuthEvents = checkByAuthEvents(edit, event);
  if (byAuthEvents !== undefined) return { status: 'rejected', rule: byAuthEvents };
  // 5.
  const before = checkAuth(event, stateFor(edit, head, { event, root: stateBefore }));
  if (before.outcome === 'reject') return { status: 'rejected', rule: before.rule };
  // 6.
  const current = checkAuth(event, stateFor(edit, head, { event, root: head.currentRoot }));
  if (current.outcome === 'reject') return { status: 'soft-failed', rule: current.rule };
  // 7.
  return edit.isIncomplete ? ACCEPTED : checkByPolicy(edit, head, placed);
}

const ACCEPTED: Checked = { status: 'accepted', rule: undefined };

/** @NOTE A policy server is asked last: nothing that is not allowed anyway is shown to it. */
function checkByPolicy(edit: RoomEdit, head: RoomHead, { event, bytes, policy }: PlacedEvent): Checked {
  if (policy === undefined) return ACCEPTED;
  const policyServer = findPolicyServer(edit, head, event);
  if (policyServer === undefined || edit.isIncomplete) return ACCEPTED;
  const answer = havePolicySigned(edit, { event, bytes }, { ...policy, policyServer });
  if (answer.outcome === 'incomplete') return ACCEPTED;
  if (answer.outcome !== 'recommended') return { status: 'soft-failed', rule: `policy.${answer.outcome}` };
  return { ...ACCEPTED, signed: answer.signed };
}

/** Where the room's state lacks members, those that the event cites stand for them: it is judged again when the state is complete. */
function stateFor(
  edit: RoomEdit,
  { partialJoin }: RoomHead,
  { event, root }: { readonly event: RoomEvent; readonly root: number },
): AuthState {
  const state = edit.authState(root);
  if (partialJoin === undefined) return state;
  const cited = event.authEvents
    .map((eventId) => edit.eventById(eventId))
    .filter((known) => known?.status === 'accepted');
  const members = new Map(
    cited.map((known) => [known?.event.type === 'm.room.member' ? known.event.stateKey : undefined, known?.event]),
  );
  return {
    find: (type, stateKey) =>
      state.find(type, stateKey) ?? (type === 'm.room.member' ? members.get(stateKey) : undefined),
  };
}

function append(edit: RoomEdit, head: RoomHead, toStore: PlacedEvent & { readonly status: EventStatus }): KnownEvent {
  applyRedaction(edit, toStore);
  const left = extremitiesAfter(edit, head, toStore.prevEvents);
  const { distributedBy } = toStore;
  const isFollowed = fillGapBehind(edit, head, toStore) && left.length > 0;
  return edit.appendEvent(head, toStore, {
    ...(distributedBy !== undefined && {
      origin: { transactionId: undefined, senderDeviceId: undefined, distributedBy },
    }),
    extremities: left,
    isFollowed,
    rootOf: (known) => currentRootAfter(edit, head, { known, left, isFollowed, resolver: toStore.resolver }),
  });
}

/** Whether what follows an event came before it, after a gap that this fills. */
function fillGapBehind(edit: RoomEdit, { shard, roomNid }: RoomHead, { event: { eventId } }: PlacedEvent): boolean {
  const isFollowed = edit.isFollowed(eventId);
  if (isFollowed) edit.changes.filledExtremities.push({ shard, roomNid, missingEventId: eventId });
  return isFollowed;
}

/** The current state is what the states after all forward extremities resolve to. */
function currentRootAfter(
  edit: RoomEdit,
  head: RoomHead,
  {
    known,
    left,
    isFollowed,
    resolver,
  }: {
    readonly known: KnownEvent;
    readonly left: readonly KnownEvent[];
    readonly isFollowed: boolean;
    readonly resolver: StateResolver;
  },
): number {
  // @NOTE The first root must be stored, so that a worker can read it: the new event's is not.
  const roots = [...left, ...(isFollowed ? [] : [known])].map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  const root = resolveStates(edit, head, { roots, purpose: 'current-state', resolver });
  const near = findMadeRoot(edit, 'current-state') ?? (left.length === 0 ? known.stateBefore : undefined);
  if (near !== undefined && near !== head.currentRoot && !edit.isIncomplete)
    countTransition(edit, head, { to: near, resolver });
  return root;
}
