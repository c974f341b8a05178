import { isJsonObject, isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { identifyPdu } from '@plexus/pdu-checks';
import type { IdentifiedPdu } from '@plexus/pdu-checks';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { Parties } from '../authentication/parties.ts';

export interface ExpectedMembership {
  readonly roomId: string;
  readonly eventId: string;
  readonly membership: 'join' | 'leave' | 'knock' | 'invite';
}

/**
 * The membership event that a server sends by an endpoint of its own, if it is what the endpoint is for: of this room, under this id, by one of the server's
 * users. Throws 400 `M_BAD_JSON` for what is no event of the room's version, else 400 `M_INVALID_PARAM`.
 */
export function checkMembershipPdu(
  { origin }: Parties,
  value: JsonValue | undefined,
  expected: ExpectedMembership,
  rules: RoomVersionRules,
): IdentifiedPdu {
  if (value === undefined) throw new MatrixError('M_NOT_JSON', 400, 'The request has no JSON body');
  const pdu = identifyPdu(value, rules);
  if (pdu.outcome === 'drop') throw new MatrixError('M_BAD_JSON', 400, pdu.because);
  const { type, sender, state_key: stateKey, content } = pdu.pdu;
  if (pdu.eventId !== expected.eventId) throw invalid('The event has another id');
  if (pdu.roomId !== expected.roomId) throw invalid('The event is of another room');
  if (type !== 'm.room.member') throw invalid('The event is no membership');
  if (!isJsonObject(content) || content['membership'] !== expected.membership)
    throw invalid(`The membership is not "${expected.membership}"`);
  if (!isUserId(sender) || serverNameOf(sender) !== origin) throw invalid(`The sender is not a user of ${origin}`);
  const isInvite = expected.membership === 'invite';
  if (!isInvite && stateKey !== sender) throw invalid('The state key is not the sender');
  return pdu;
}

export function invalid(because: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, because);
}
