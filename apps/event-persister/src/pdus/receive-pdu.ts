import type { PolicyAsker } from '@plexus/pdu-checks';
import { parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { FederationPduRecord } from '@plexus/topics';
import { isOutlier } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { restoreCopy } from '../rooms/restore-copy.ts';
import { placeEvent } from './place-event.ts';
import { receiveOutside } from './receive-outside.ts';
import type { ReceivedOutcome } from './received-outcome.ts';
import { resolveStates } from './resolve-states.ts';
import type { StateResolver } from './state-resolver.ts';

const INCOMPLETE = { outcome: 'incomplete' } as const;

/** A PDU, and whether others learn of it here: see `PlacedEvent`. */
export interface ReceivablePdu extends FederationPduRecord {
  readonly distributedBy?: string;
}

/** Who decides elsewhere what takes long. */
export interface ReceivePduPorts {
  readonly resolver: StateResolver;
  /** Nothing: no policy server is asked, and none is needed. */
  readonly policy: PolicyAsker | undefined;
}

/**
 * The checks on receipt of a PDU from the fourth on
 * (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu); the first three were made before it came here.
 */
export function receivePdu(
  edit: RoomEdit,
  record: ReceivablePdu,
  { resolver, policy: asker }: ReceivePduPorts,
): ReceivedOutcome {
  const { head } = edit;
  if (head === undefined) return receiveOutside(edit, record);
  if (head.rules.version !== record.roomVersion) return { outcome: 'dropped', because: 'the room has another version' };
  const known = edit.eventById(record.eventId);
  if (known !== undefined && !isOutlier(known)) return receiveAgain(edit, known, record);
  if (!isInRoom(edit, record.destination)) return edit.isIncomplete ? INCOMPLETE : receiveOutside(edit, record);
  const event = parseRoomEvent(record.json, record.eventId, head.rules);
  if (event.roomId !== head.roomId) return { outcome: 'dropped', because: 'the event is of another room' };
  const cited = findCited(edit, event);
  if (edit.isIncomplete) return INCOMPLETE;
  if (cited.missingEventIds.length > 0) return { outcome: 'parked', missingEventIds: cited.missingEventIds };
  const roots = cited.prevEvents.map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  const stateBefore = resolveStates(edit, head, { roots, purpose: 'state-before', resolver });
  if (edit.isIncomplete) return INCOMPLETE;
  const { json: bytes, contentHashMismatch: isRedactedCopy, distributedBy, destination: origin } = record;
  const policy = asker && { asker, origin };
  return placeEvent(edit, head, {
    ...cited,
    event,
    bytes,
    isRedactedCopy,
    outlier: known,
    stateBefore,
    resolver,
    policy,
    distributedBy,
  });
}

/** Of an event whose content is not here, a copy that has it replaces the stored one. */
function receiveAgain(edit: RoomEdit, known: KnownEvent, record: ReceivablePdu): ReceivedOutcome {
  const { status, isRedactedCopy, event } = known;
  if (isRedactedCopy !== true || record.contentHashMismatch) return { outcome: 'duplicate', status };
  const copy = { event: parseRoomEvent(record.json, record.eventId, event.rules), bytes: record.json };
  return restoreCopy(edit, known, copy)
    ? { outcome: 'stored', status, rule: undefined }
    : { outcome: 'duplicate', status };
}

/** @NOTE The server that the PDU was sent to, first: how many of its users are joined is in memory. */
function isInRoom(edit: RoomEdit, destination: string): boolean {
  if (edit.joinedCount(destination) > 0) return true;
  return !edit.isIncomplete && edit.hasHostedResident((serverName) => edit.isHosted(serverName));
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
