import { isJsonObject } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { Parties } from '../authentication/parties.ts';

/** What becomes of a PDU: nothing to say, or why it is refused. */
export interface PduResult {
  readonly errcode?: 'M_FORBIDDEN' | 'M_NOT_FOUND' | 'M_BAD_JSON';
  readonly error?: string;
}

/**
 * For metrics and the log. `taken`: on its way to the room's owner. `known`: it is stored already. `dropped`: checks 1 and 2 failed. `denied`: by the
 * server ACL. `unknown-room`: the addressed server is not in it.
 */
export interface ReceivedPdu extends Parties {
  readonly outcome: 'taken' | 'known' | 'dropped' | 'denied' | 'unknown-room';
  readonly roomId: string;
  readonly eventId?: string;
  /** Of a dropped one, or `content-hash.redacted` and `content-hash.tampered` of one whose redacted form goes on. */
  readonly rule?: string;
  readonly because?: string;
}

/** Empty: it names none. */
export function roomIdOf(value: JsonValue): string {
  const roomId = isJsonObject(value) ? value['room_id'] : undefined;
  return typeof roomId === 'string' ? roomId : '';
}
