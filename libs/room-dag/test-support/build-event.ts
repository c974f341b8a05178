import type { JsonObject } from '@plexus/matrix-base';
import type { Pdu, RoomEvent } from '../src/pdu/pdu.ts';
import type { RoomVersionRules } from '../src/room-version/rules.ts';
import { findRoomVersion } from '../src/room-version/versions.ts';

export const ROOM_ID = '!room:a.example';
export const CREATE_ID = '$create:a.example';

/** What a test says about an event; the rest is filled in. */
export interface EventShape {
  readonly eventId?: string;
  readonly roomId?: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string | undefined;
  readonly content?: JsonObject;
  readonly prevEvents?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly depth?: number;
  readonly originServerTs?: number;
  readonly redacts?: string;
  /** More members of the wire object. */
  readonly pdu?: Pdu;
}

export function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new TypeError(`No room version ${version}`);
  return rules;
}

/** The id of the room in which tests play: from version 12 on it is the create event's. */
export function roomIdOf(version: string): string {
  return rulesOf(version).roomIdIsCreateEventHash ? `!${CREATE_ID.slice(1)}` : ROOM_ID;
}

export function buildEvent(version: string, shape: EventShape): RoomEvent {
  const content = shape.content ?? {};
  return {
    eventId: shape.eventId ?? '$event:a.example',
    roomId: shape.roomId ?? roomIdOf(version),
    rules: rulesOf(version),
    type: shape.type,
    sender: shape.sender,
    stateKey: shape.stateKey,
    content,
    depth: shape.depth ?? 10,
    originServerTs: shape.originServerTs ?? 1_000,
    prevEvents: shape.prevEvents ?? ['$previous:a.example'],
    authEvents: shape.authEvents ?? [],
    redacts: shape.redacts,
    pdu: { content, ...shape.pdu },
  };
}
