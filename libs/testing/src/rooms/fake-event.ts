import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { StoredEvent } from '@plexus/storage';

/** What a test says of an event; the rest is made up. */
export interface FakeEvent {
  readonly roomId: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: { readonly [key: string]: unknown };
  readonly redacts?: string;
  readonly originServerTs?: number;
  readonly transactionId?: string;
  readonly senderDeviceId?: string;
  /** Ids; none where nothing is said. */
  readonly authEvents?: readonly string[];
}

export const ROOM_VERSION = '11';
const RULES = rulesOf(ROOM_VERSION);

/** An event as its server would have sent it, but for hashes and signatures. */
export function pduOf(
  event: FakeEvent,
  room: { readonly roomId: string; readonly topologicalPosition: number },
): object {
  const content = event.redacts === undefined ? event.content : { ...event.content, redacts: event.redacts };
  return {
    auth_events: event.authEvents ?? [],
    content,
    depth: room.topologicalPosition,
    hashes: {},
    origin_server_ts: event.originServerTs ?? 1000 + room.topologicalPosition,
    prev_events: [],
    room_id: room.roomId,
    sender: event.sender,
    signatures: {},
    ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    type: event.type,
  };
}

export function parseStored({ json, eventId }: Pick<StoredEvent, 'json' | 'eventId'>): RoomEvent {
  return parseRoomEvent(json, eventId, RULES);
}

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  return rules;
}
