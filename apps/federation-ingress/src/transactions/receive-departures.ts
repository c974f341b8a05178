import { isJsonObject, isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { identifyPdu } from '@plexus/pdu-checks';
import type { IdentifiedPdu, PduChecker } from '@plexus/pdu-checks';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { UserRoom, UserRoomReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomOwners } from '../membership/room-owners.ts';
import { roomIdOf } from './received-pdu.ts';
import type { PduResult, ReceivedPdu } from './received-pdu.ts';

export interface ReceiveDeparturesPorts {
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly owners: Pick<RoomOwners, 'receiveMembership'>;
  received(pdu: ReceivedPdu): void;
}

/** An invite or knock of a hosted user that ends. */
interface Departure {
  readonly userId: string;
  readonly rules: RoomVersionRules;
}

/**
 * Takes in PDUs of rooms that the addressed server is not in. Only the end of an invite or of a knock of one of its users means anything to it: the
 * membership ends, and nothing enters a room.
 */
export class ReceiveDepartures {
  readonly #ports: ReceiveDeparturesPorts;

  constructor(ports: ReceiveDeparturesPorts) {
    this.#ports = ports;
  }

  /** Results of those that could be identified. */
  async execute(parties: Parties, values: readonly JsonValue[]): Promise<Map<string, PduResult>> {
    const results = new Map<string, PduResult>();
    for (const value of values) {
      const departure = await this.#findDeparture(parties, value);
      const pdu = departure && identifyPdu(value, departure.rules);
      if (departure === undefined || pdu?.outcome !== 'ok') {
        this.#ports.received({ ...parties, outcome: 'unknown-room', roomId: roomIdOf(value) });
        continue;
      }
      results.set(pdu.eventId, await this.#receive(parties, departure, pdu));
    }
    return results;
  }

  /** Nothing where the event ends no membership that came without the room. */
  async #findDeparture({ destination }: Parties, value: JsonValue): Promise<Departure | undefined> {
    if (!isJsonObject(value) || value['type'] !== 'm.room.member' || !isJsonObject(value['content'])) return undefined;
    const { state_key: userId, content } = value;
    const isEnd = content['membership'] === 'leave' || content['membership'] === 'ban';
    if (!isEnd || !isUserId(userId) || serverNameOf(userId) !== destination) return undefined;
    const userRoom = await this.#ports.userRooms.findUserRoom(userId, roomIdOf(value));
    if (userRoom?.membership !== 'invite' && userRoom?.membership !== 'knock') return undefined;
    const rules = findRoomVersion(roomVersionOf(userRoom));
    return rules && { userId, rules };
  }

  async #receive(parties: Parties, { userId, rules }: Departure, pdu: IdentifiedPdu): Promise<PduResult> {
    const { checker, owners, received } = this.#ports;
    const { roomId, eventId } = pdu;
    const about = { ...parties, roomId, eventId };
    const drop = (rule: string, because: string): PduResult => {
      received({ ...about, outcome: 'dropped', rule, because });
      return { errcode: 'M_FORBIDDEN', error: because };
    };
    const [checked] = await checker.verify([pdu]);
    if (checked?.outcome !== 'ok') return drop(checked?.rule ?? '', checked?.because ?? '');
    try {
      await owners.receiveMembership({
        roomId,
        roomVersion: rules.version,
        userId,
        eventId,
        json: checked.bytes,
        strippedState: Buffer.alloc(0),
        origin: parties.origin,
        reason: '',
        onlyFrom: ['invite', 'knock'],
      });
    } catch (error) {
      // What the owner refuses is this PDU's fault; where it cannot answer, all of the transaction comes again.
      if (!(error instanceof MatrixError) || error.httpStatus !== 403) throw error;
      return drop('departure.refused', error.message);
    }
    received({ ...about, outcome: 'taken' });
    return {};
  }
}

/** As it came with the invite or knock; of one that an earlier release took, as its stripped state says, which may not say it. */
function roomVersionOf({ roomVersion, strippedState }: UserRoom): string {
  if (roomVersion !== undefined) return roomVersion;
  if (strippedState === undefined) return '';
  const events = JSON.parse(strippedState.toString()) as JsonValue;
  const create = Array.isArray(events) ? events.find((event) => isCreate(event)) : undefined;
  if (!isJsonObject(create) || !isJsonObject(create['content'])) return '';
  const version = create['content']['room_version'] ?? '1';
  return typeof version === 'string' ? version : '';
}

function isCreate(event: JsonValue): boolean {
  return isJsonObject(event) && event['type'] === 'm.room.create' && event['state_key'] === '';
}
