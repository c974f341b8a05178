import { isJsonObject, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { identifyPdu } from '@plexus/pdu-checks';
import type { IdentifiedPdu, PduChecker, ValidPdu } from '@plexus/pdu-checks';
import { findAuthorisingUser, parseRoomEvent, signEvent, STRIPPED_STATE_TYPES } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { HostedServerKeys } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { reportChecked } from '../transactions/received-pdu.ts';
import type { ReceivedPdu } from '../transactions/received-pdu.ts';
import { checkMembershipPdu, invalid } from './check-membership-pdu.ts';
import type { ExpectedMembership } from './check-membership-pdu.ts';
import type { JoinAnswer } from './join-answer.ts';
import type { RestrictedJoins } from './restricted-joins.ts';
import type { RoomOwners } from './room-owners.ts';
import { findVisitedRoom } from './visited-room.ts';
import type { VisitedRoom } from './visited-room.ts';

export interface SendMembershipPorts {
  readonly door: Pick<RoomDoor, 'forNewcomer' | 'forVisitor'>;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly owners: Pick<RoomOwners, 'acceptPdu'>;
  readonly restrictedJoins: Pick<RestrictedJoins, 'findVouchingUser'>;
  readonly keys: HostedServerKeys;
  readonly states: Pick<RoomState, 'findMany'>;
  readonly joinAnswer: Pick<JoinAnswer, 'write'>;
  readonly largeReads: OriginSlots;
  received(pdu: ReceivedPdu): void;
}

/** What a server sends to have it in a room: the event as it came, without any loss. */
export interface SentMembership extends Pick<ExpectedMembership, 'roomId' | 'eventId'> {
  readonly event: JsonValue | undefined;
}

/** In which form a server wants to have the room. */
export interface JoinAnswerForm {
  readonly omitMembers: boolean;
  /** As the first version of the API has it. */
  readonly isFirstVersion?: boolean;
}

const STRIPPED_KEYS = STRIPPED_STATE_TYPES.map((type) => ({ type, stateKey: '' }));

/**
 * Takes memberships of other servers' users into rooms of the addressed server (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms). The event is
 * stored when there is an answer; sent again, it is answered again.
 */
export class SendMembership {
  readonly #ports: SendMembershipPorts;

  constructor(ports: SendMembershipPorts) {
    this.#ports = ports;
  }

  /** Pieces of JSON: the room's state before the join. Throws 403 and 404 as `RoomDoor` does, 400 for a wrong event, 403 where the rules reject it. */
  async join(
    parties: Parties,
    sent: SentMembership,
    { omitMembers, isFirstVersion = false }: JoinAnswerForm,
  ): Promise<AsyncIterableIterator<string>> {
    return this.#ports.largeReads.stream(parties.origin, async () => {
      const { visited, pdu } = await this.#accept(parties, sent, 'join');
      const pieces = await this.#ports.joinAnswer.write(parties, visited, { eventId: pdu.eventId, omitMembers });
      return isFirstVersion ? behindStatus(pieces) : pieces;
    });
  }

  async leave(parties: Parties, sent: SentMembership): Promise<void> {
    await this.#accept(parties, sent, 'leave');
  }

  /** State events by which people recognize the room. */
  async knock(parties: Parties, sent: SentMembership): Promise<{ readonly knock_room_state: readonly JsonValue[] }> {
    const { visited } = await this.#accept(parties, sent, 'knock');
    const { room } = visited;
    const state = await this.#ports.states.findMany(room, room.currentRoot, STRIPPED_KEYS);
    return { knock_room_state: state.map(({ pdu }) => pdu) };
  }

  async #accept(
    parties: Parties,
    { roomId, eventId, event }: SentMembership,
    membership: 'join' | 'leave' | 'knock',
  ): Promise<{ readonly visited: VisitedRoom; readonly pdu: ValidPdu }> {
    const { door, checker, owners, received } = this.#ports;
    const visited = await findVisitedRoom(door, parties, { roomId, membership });
    const sent = checkMembershipPdu(parties, event, { roomId, eventId, membership }, visited.rules);
    const pdu = await this.#vouch(parties, visited, sent);
    const [checked] = await checker.verify([pdu]);
    reportChecked(received, { parties, pdu, checked });
    if (checked?.outcome !== 'ok') throw invalid(checked?.because ?? 'The event could not be checked');
    await owners.acceptPdu({
      roomId,
      roomVersion: visited.rules.version,
      eventId,
      json: checked.bytes,
      ...parties,
      contentHashMismatch: checked.contentHash !== 'matches',
    });
    return { visited, pdu: checked };
  }

  /** Signs a join for which a user of the addressed server is to vouch, if the condition is met. */
  async #vouch(parties: Parties, visited: VisitedRoom, pdu: IdentifiedPdu): Promise<IdentifiedPdu> {
    const { rules } = visited;
    const { content, sender } = pdu.pdu;
    const vouching = rules.restrictedJoins && isJsonObject(content) ? findAuthorisingUser({ content }) : undefined;
    if (vouching === undefined || serverNameOf(vouching) !== parties.destination || !isUserId(sender)) return pdu;
    await this.#ports.restrictedJoins.findVouchingUser(parties, visited, sender);
    const key = this.#ports.keys.findSigningKey(parties.destination);
    if (key === undefined) return pdu;
    const event = parseRoomEvent(pdu.bytes, pdu.eventId, rules);
    const signed = identifyPdu(signEvent(event, [{ serverName: parties.destination, key }]).event.pdu, rules);
    if (signed.outcome === 'drop') throw invalid(signed.because);
    return signed;
  }
}

/** The first version of the API puts the status before the answer. */
async function* behindStatus(pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  yield '[200,';
  yield* pieces;
  yield ']';
}
