import { isJsonObject, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RemoteRoomOutcome, RemoteRooms } from '@plexus/remote-servers';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { RoomReader, UserRoom, UserRoomReader } from '@plexus/storage';
import { errorOfRefusal } from '../federation/remote-error.ts';

export interface ChangeRemoteMembershipPorts {
  readonly remoteRooms: Pick<RemoteRooms, 'changeMembership' | 'inviteUser'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly limiter: RateLimiter;
}

/** A membership that the room's owner refused by a rule. */
export interface RefusedHere {
  readonly roomId: string;
  readonly sender: Pick<Requester, 'userId' | 'serverName' | 'isUnlimited'>;
  readonly targetUserId: string;
  readonly membership: string;
  readonly content: JsonObject;
  /** Servers that the user names. */
  readonly via: readonly string[];
  readonly rule: string;
}

/** Rules by which the owner says that only a server elsewhere can give a membership. */
const ONLY_ELSEWHERE = new Set(['room.unknown', 'member.no_resident_server', 'member.join.authorising_user']);
const MAX_RESIDENTS = 10;

/** Asks other servers for memberships that cannot be had here: there is no hosted server in the room, or the target is another server's user. */
export class ChangeRemoteMembership {
  readonly #ports: ChangeRemoteMembershipPorts;

  constructor(ports: ChangeRemoteMembershipPorts) {
    this.#ports = ports;
  }

  /** Returns the event's id; nothing where no other server can help. Throws what the other servers say, and 429 for too many joins. */
  async execute(refused: RefusedHere): Promise<string | undefined> {
    const outcome = await this.#ask(refused);
    if (outcome === undefined || outcome.outcome === 'done') return outcome?.eventId;
    throw errorOfRefusal(outcome);
  }

  async #ask(refused: RefusedHere): Promise<RemoteRoomOutcome | undefined> {
    const { roomId, targetUserId, membership, content, rule } = refused;
    const { userId: sender } = refused.sender;
    if (rule === 'member.invite.remote')
      return this.#ports.remoteRooms.inviteUser({ roomId, sender, targetUserId, content });
    if (sender !== targetUserId) return undefined;
    if (membership === 'leave') return this.#leave(refused);
    if (!ONLY_ELSEWHERE.has(rule) || (membership !== 'join' && membership !== 'knock')) return undefined;
    // A room that comes from elsewhere costs more than one that is here.
    await requireUserWithinLimit(this.#ports.limiter, refused.sender, 'join-elsewhere');
    const [current, residents] = await Promise.all([this.#findMembership(refused), this.#residents(roomId)]);
    const servers = [...refused.via, ...inviters(current), ...residents];
    return this.#ports.remoteRooms.changeMembership({ roomId, userId: sender, membership, content, servers });
  }

  /** Only an invite or a knock can be left without the room. */
  async #leave({
    roomId,
    sender: { userId },
    content,
    targetUserId,
  }: RefusedHere): Promise<RemoteRoomOutcome | undefined> {
    const current = await this.#findMembership({ roomId, targetUserId });
    if (current?.membership !== 'invite' && current?.membership !== 'knock') return undefined;
    const servers = inviters(current);
    return this.#ports.remoteRooms.changeMembership({ roomId, userId, membership: 'leave', content, servers });
  }

  #findMembership({
    roomId,
    targetUserId,
  }: Pick<RefusedHere, 'roomId' | 'targetUserId'>): Promise<UserRoom | undefined> {
    return this.#ports.userRooms.findUserRoom(targetUserId, roomId);
  }

  /** Of a room that is stored here, with nobody in it who could let the user in. */
  async #residents(roomId: string): Promise<string[]> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return [];
    const page = { after: '', limit: MAX_RESIDENTS };
    return this.#ports.rooms.listResidentServers(room.shard, room.roomNid, page);
  }
}

/** The servers of whoever sent an invite, and of those who made what it says of the room. */
function inviters(membership: UserRoom | undefined): string[] {
  if (membership?.membership !== 'invite' && membership?.membership !== 'knock') return [];
  const parsed: JsonValue = JSON.parse(membership.strippedState?.toString() ?? '[]');
  const described = Array.isArray(parsed) ? parsed.filter(isJsonObject).map(({ sender }) => sender) : [];
  return [membership.sender, ...described].filter(isUserId).map(serverNameOf);
}
