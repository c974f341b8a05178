import { authEventsStateOf, checkAuth, checkAuthEvents, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { EventStatus } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { applyRedaction } from '../rooms/apply-redaction.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { extremitiesAfter } from './extremities-after.ts';
import { resolveStates } from './resolve-states.ts';
import type { StateResolver } from './state-resolver.ts';

/**
 * What became of a PDU. `parked`: it waits for these events. `dropped`: it is not stored and will not be; a later copy is processed
 * afresh. `rule` names the check that rejected or soft-failed it.
 */
export type ReceivedOutcome =
  | { readonly outcome: 'stored'; readonly status: EventStatus; readonly rule: string | undefined }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'parked'; readonly missingEventIds: readonly string[] }
  | { readonly outcome: 'dropped'; readonly because: string }
  | { readonly outcome: 'incomplete' };

const INCOMPLETE = { outcome: 'incomplete' } as const;

/**
 * The checks on receipt of a PDU from the fourth on
 * (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu); the first three were made before it came here.
 */
export function receivePdu(edit: RoomEdit, record: FederationPduRecord, resolver: StateResolver): ReceivedOutcome {
  const { head } = edit;
  if (head === undefined) return { outcome: 'dropped', because: 'the room is not known here' };
  if (head.rules.version !== record.roomVersion) return { outcome: 'dropped', because: 'the room has another version' };
  if (edit.eventById(record.eventId) !== undefined) return { outcome: 'duplicate' };
  const event = parseRoomEvent(record.json, record.eventId, head.rules);
  if (event.roomId !== head.roomId) return { outcome: 'dropped', because: 'the event is of another room' };
  const cited = findCited(edit, event);
  if (edit.isIncomplete) return INCOMPLETE;
  if (cited.missingEventIds.length > 0) return { outcome: 'parked', missingEventIds: cited.missingEventIds };
  return checkAndStore(edit, head, { event, bytes: record.json, ...cited, resolver });
}

interface Cited {
  readonly prevEvents: readonly KnownEvent[];
  readonly authEvents: readonly KnownEvent[];
  readonly missingEventIds: readonly string[];
}

/** @NOTE A predecessor without state (an outlier) is as good as none: what it led to is not known. */
function findCited(edit: RoomEdit, event: RoomEvent): Cited {
  const find = (eventIds: readonly string[]): KnownEvent[] =>
    [...new Set(eventIds)].map((eventId) => edit.eventById(eventId)).filter((known) => known !== undefined);
  const prevEvents = find(event.prevEvents).filter(({ stateAfter }) => stateAfter !== undefined);
  const authEvents = find(event.authEvents);
  const found = new Set([...prevEvents, ...authEvents].map((known) => known.event.eventId));
  const missingEventIds = [...new Set([...event.prevEvents, ...event.authEvents])].filter((id) => !found.has(id));
  return { prevEvents, authEvents, missingEventIds };
}

interface Placed extends Pick<Cited, 'prevEvents' | 'authEvents'> {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  readonly resolver: StateResolver;
}

function checkAndStore(edit: RoomEdit, head: RoomHead, placed: Placed): ReceivedOutcome {
  const roots = placed.prevEvents.map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  const stateBefore = resolveStates(edit, head, { roots, purpose: 'state-before', resolver: placed.resolver });
  if (edit.isIncomplete) return INCOMPLETE;
  const checked = check(edit, head, { event: placed.event, stateBefore });
  if (edit.isIncomplete) return INCOMPLETE;
  const { status, rule } = checked;
  const toStore = { ...placed, status, stateBefore };
  if (status === 'accepted') {
    applyRedaction(edit, toStore);
    if (edit.isIncomplete) return INCOMPLETE;
    const left = extremitiesAfter(edit, head, placed.prevEvents);
    edit.appendEvent(head, toStore, {
      extremities: left,
      rootOf: (known) => currentRootAfter(edit, head, { known, left, resolver: placed.resolver }),
    });
  } else {
    edit.storeEvent(head, toStore);
  }
  return edit.isIncomplete ? INCOMPLETE : { outcome: 'stored', status, rule };
}

interface Checked {
  readonly status: EventStatus;
  readonly rule: string | undefined;
}

function check(
  edit: RoomEdit,
  head: RoomHead,
  { event, stateBefore }: { readonly event: RoomEvent; readonly stateBefore: number },
): Checked {
  const events = {
    find: (eventId: string) => edit.eventById(eventId)?.event,
    isRejected: (eventId: string) => edit.eventById(eventId)?.status === 'rejected',
  };
  // 4.
  const byAuthEvents = checkAuthEvents(event, events);
  if (byAuthEvents.outcome === 'reject') return { status: 'rejected', rule: byAuthEvents.rule };
  const byAuthState = checkAuth(event, authEventsStateOf(event, events));
  if (byAuthState.outcome === 'reject') return { status: 'rejected', rule: byAuthState.rule };
  // 5.
  const before = checkAuth(event, edit.authState(stateBefore));
  if (before.outcome === 'reject') return { status: 'rejected', rule: before.rule };
  // 6.
  const current = checkAuth(event, edit.authState(head.currentRoot));
  if (current.outcome === 'reject') return { status: 'soft-failed', rule: current.rule };
  return { status: 'accepted', rule: undefined };
}

/** The current state is what the states after all forward extremities resolve to. */
function currentRootAfter(
  edit: RoomEdit,
  head: RoomHead,
  {
    known,
    left,
    resolver,
  }: { readonly known: KnownEvent; readonly left: readonly KnownEvent[]; readonly resolver: StateResolver },
): number {
  // @NOTE The first root must be stored, so that a worker can read it: the new event's is not.
  const roots = [...left, known].map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  return resolveStates(edit, head, { roots, purpose: 'current-state', resolver });
}
