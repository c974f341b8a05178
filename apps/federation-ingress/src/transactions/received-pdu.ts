import { isJsonObject } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { CheckedPdu, IdentifiedPdu } from '@plexus/pdu-checks';
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

/** Tells what came of checks 2 and 3 of a PDU; `undefined` where nothing did. */
export function reportChecked(
  received: (pdu: ReceivedPdu) => void,
  {
    parties,
    pdu,
    checked,
  }: { readonly parties: Parties; readonly pdu: IdentifiedPdu; readonly checked: CheckedPdu | undefined },
): void {
  const { roomId, eventId } = pdu;
  const about = { ...parties, roomId, eventId };
  if (checked?.outcome !== 'ok') {
    const { rule = '', because = '' } = checked ?? {};
    return received({ ...about, outcome: 'dropped', rule, because });
  }
  const isWhole = checked.contentHash === 'matches';
  received({ ...about, outcome: 'taken', ...(!isWhole && { rule: `content-hash.${checked.contentHash}` }) });
}

/** Empty: it names none. */
export function roomIdOf(value: JsonValue): string {
  const roomId = isJsonObject(value) ? value['room_id'] : undefined;
  return typeof roomId === 'string' ? roomId : '';
}
