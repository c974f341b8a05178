import type { RoomEvent } from '../pdu/pdu.ts';

/** What the room cannot do without, or who reads it, and what says nothing itself. */
const KEPT_TYPES: ReadonlySet<string> = new Set([
  'm.room.redaction',
  'm.room.create',
  'm.room.server_acl',
  'm.room.encryption',
]);

/** Whether an event is redacted when everything that its sender said is to go. State of other types is, too: redaction leaves what the rules judge by. */
export function isErasable({ type }: Pick<RoomEvent, 'type'>): boolean {
  return !KEPT_TYPES.has(type);
}

/** Somebody who reads an event: a user, or a server with its users. */
export interface ErasureReader {
  /** Whether they were joined at the event: they, or a user of the server. */
  readonly wasJoined: boolean;
}

/**
 * Decides whether an event of an erased user goes to somebody in its redacted form: to those who were not in the room when it was sent
 * (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate). State stays as it is, for the room needs it. The caller
 * guarantees that the sender was erased, and that the reader may see the event.
 */
export function isErasedFor(event: Pick<RoomEvent, 'stateKey'>, { wasJoined }: ErasureReader): boolean {
  return !wasJoined && event.stateKey === undefined;
}
