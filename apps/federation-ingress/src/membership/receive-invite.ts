import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { PduChecker, ValidPdu } from '@plexus/pdu-checks';
import { findRoomVersion, parseRoomEvent, pruneStrippedState, signEvent } from '@plexus/room-dag';
import type { RoomVersionRules, SignedEvent } from '@plexus/room-dag';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { HostedServerKeys, RoomBlockReader, RoomReader, UserRepository } from '@plexus/storage';
import type { StoredAccountSettings } from '@plexus/user-streams';
import type { Parties } from '../authentication/parties.ts';
import { bannedFromRoom } from '../rooms/room-door.ts';
import type { ServerAclReader } from '../rooms/server-acl-reader.ts';
import { reportChecked } from '../transactions/received-pdu.ts';
import type { ReceivedPdu } from '../transactions/received-pdu.ts';
import { checkMembershipPdu, invalid } from './check-membership-pdu.ts';
import type { RoomOwners } from './room-owners.ts';

export interface ReceiveInvitePorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly blocks: RoomBlockReader;
  readonly limiter: RateLimiter;
  readonly checker: Pick<PduChecker, 'check' | 'verify'>;
  readonly owners: Pick<RoomOwners, 'receiveMembership'>;
  readonly keys: HostedServerKeys;
  received(pdu: ReceivedPdu): void;
}

export interface SentInvite {
  readonly roomId: string;
  readonly eventId: string;
  readonly roomVersion: string;
  /** The event as it came, without any loss. */
  readonly event: JsonValue | undefined;
  readonly roomState: readonly JsonValue[];
}

/** More entries of a room's state are passed over: each that is an event may be signed by a server of its own. */
const MAX_STATE_ENTRIES = 100;

/** Takes invites of the addressed server's users (https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room). */
export class ReceiveInvite {
  readonly #ports: ReceiveInvitePorts;

  constructor(ports: ReceiveInvitePorts) {
    this.#ports = ports;
  }

  /**
   * JSON of the event with the addressed server's signature. Throws 400 for what is no invite of one of its users or an unknown room version, 403 where the
   * user, the operator or the room's server ACL does not want it, 404 where there is no such user, 429 where the user is invited too often.
   *
   * @NOTE Where the addressed server is in the room already, the invite comes a second time with a transaction, and is stored then.
   */
  async execute(parties: Parties, invite: SentInvite): Promise<string> {
    const rules = findRoomVersion(invite.roomVersion);
    if (rules === undefined) {
      const extra = { room_version: invite.roomVersion };
      throw new MatrixError('M_INCOMPATIBLE_ROOM_VERSION', 400, 'This server does not support the room version', extra);
    }
    const { userId, pdu } = await this.#check(parties, invite, rules);
    await this.#requireWanted(parties, invite, userId, pdu);
    const { limiter } = this.#ports;
    await requireWithinLimit(limiter, { action: 'invite-to-user', serverName: parties.destination, key: userId });
    const isResident = await this.#isResident(parties, invite.roomId);
    const strippedState = await this.#readRoomState(invite, rules);
    const signed = this.#sign(parties, pdu, rules);
    if (!isResident) {
      await this.#ports.owners.receiveMembership({
        roomId: invite.roomId,
        roomVersion: rules.version,
        userId,
        eventId: pdu.eventId,
        json: signed.bytes,
        strippedState,
        origin: parties.origin,
        reason: '',
        onlyFrom: [],
      });
    }
    return signed.bytes.toString();
  }

  async #check(
    parties: Parties,
    { roomId, eventId, event }: SentInvite,
    rules: RoomVersionRules,
  ): Promise<{ readonly userId: string; readonly pdu: ValidPdu }> {
    const sent = checkMembershipPdu(parties, event, { roomId, eventId, membership: 'invite' }, rules);
    const userId = sent.pdu['state_key'];
    if (!isUserId(userId) || serverNameOf(userId) !== parties.destination)
      throw invalid(`The invited user is not one of ${parties.destination}`);
    const { checker, received } = this.#ports;
    const [checked] = await checker.verify([sent]);
    reportChecked(received, { parties, pdu: sent, checked });
    if (checked?.outcome !== 'ok') throw invalid(checked?.because ?? 'The event could not be checked');
    return { userId, pdu: checked };
  }

  async #requireWanted({ destination }: Parties, { roomId }: SentInvite, userId: string, pdu: ValidPdu): Promise<void> {
    const { users, settings, blocks } = this.#ports;
    const [user, { blocksInvites, ignored }, blocked] = await Promise.all([
      users.findUser(userId),
      settings.find(userId),
      blocks.findBlocks(roomId),
    ]);
    if (user === undefined || user.isDeactivated) throw new MatrixError('M_NOT_FOUND', 404, 'The user does not exist');
    if (blocked.some(({ serverName }) => serverName === '' || serverName === destination))
      throw new MatrixError('M_FORBIDDEN', 403, 'This room is blocked on this server');
    const { sender } = JSON.parse(pdu.bytes.toString()) as { sender: string };
    if (blocksInvites || ignored.has(sender))
      throw new MatrixError('M_INVITE_BLOCKED', 403, 'This user does not want to be invited');
  }

  /** Throws 403 where the room's server ACL, as far as it is known here, denies the inviting server. */
  async #isResident({ origin, destination }: Parties, roomId: string): Promise<boolean> {
    const { rooms, acls } = this.#ports;
    const room = await rooms.findRoom(roomId);
    if (room === undefined) return false;
    const joined = await rooms.countJoined(room.shard, room.roomNid, [destination]);
    if (!joined.has(destination)) return false;
    if (!(await acls.allows(room, origin))) throw bannedFromRoom();
    return true;
  }

  /**
   * The state for clients, as a JSON array. From version 12 on each entry has to be an event of the room that is signed, the create event among them; before
   * that, servers send what they like.
   */
  async #readRoomState({ roomId, roomState: sent }: SentInvite, rules: RoomVersionRules): Promise<Buffer> {
    const roomState = sent.slice(0, MAX_STATE_ENTRIES);
    if (rules.roomIdIsCreateEventHash) {
      const checked = await this.#ports.checker.check(roomState, rules);
      if (checked.some((pdu) => pdu.outcome !== 'ok' || pdu.roomId !== roomId))
        throw invalid('"invite_room_state" has an entry that is no event of the room');
    }
    const stripped = roomState.map(pruneStrippedState).filter((event) => event !== undefined);
    const hasCreate = stripped.some(({ type, state_key: key }) => type === 'm.room.create' && key === '');
    if (!hasCreate && rules.roomIdIsCreateEventHash) throw invalid('"invite_room_state" has no m.room.create');
    return Buffer.from(JSON.stringify(stripped));
  }

  #sign({ destination }: Parties, pdu: ValidPdu, rules: RoomVersionRules): SignedEvent {
    const key = this.#ports.keys.findSigningKey(destination);
    if (key === undefined) throw new MatrixError('M_NOT_FOUND', 404, `${destination} is not hosted here any more`);
    return signEvent(parseRoomEvent(pdu.bytes, pdu.eventId, rules), [{ serverName: destination, key }]);
  }
}
