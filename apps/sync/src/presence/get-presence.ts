import { isUserId, MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { PresenceStatusRepository } from '@plexus/storage';
import type { UserSession } from '../sessions/user-session.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { Presence, PresenceBoard } from './presence-board.ts';
import type { PresencePolicy } from './presence-policy.ts';
import type { RemoteUserRooms } from './remote-user-rooms.ts';

export interface GetPresenceOptions {
  readonly board: PresenceBoard;
  readonly sessions: UserSessions;
  readonly remoteRooms: RemoteUserRooms;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: Pick<PresencePolicy, 'hasPresence'>;
  readonly statuses: Pick<PresenceStatusRepository, 'findStatus'>;
}

/** How a user is, for those who share a room with them (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus). */
export class GetPresence {
  readonly #options: GetPresenceOptions;

  constructor(options: GetPresenceOptions) {
    this.#options = options;
  }

  /** Throws 403 for anybody else, whether the user exists or not. Where presence is turned off for one of them, the user is offline. */
  async execute(requesterId: string, userId: string): Promise<PresenceContent> {
    const { board, clock, policy, statuses } = this.#options;
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a user id');
    if (userId !== requesterId && !(await this.#share(requesterId, userId))) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You share no room with the user');
    }
    if (!policy.hasPresence(requesterId) || !policy.hasPresence(userId)) return { presence: 'offline' };
    const now = clock.now();
    const known = board.read(userId, now);
    const statusMessage = known.statusMessage ?? (await statuses.findStatus(userId));
    return presenceContent({ ...known, statusMessage }, now);
  }

  async #share(requesterId: string, userId: string): Promise<boolean> {
    const { sessions, remoteRooms } = this.#options;
    if (remoteRooms.isRemote(userId)) {
      return isInOneOf(await sessions.open(requesterId), await remoteRooms.read(userId));
    }
    const [one, other] = await Promise.all([sessions.open(requesterId), sessions.open(userId)]);
    return sharesRoom(one, other);
  }
}

export interface PresenceContent {
  readonly presence: string;
  readonly last_active_ago?: number;
  readonly currently_active?: boolean;
  readonly status_msg?: string;
}

export function presenceContent(
  { presence, lastActiveAt, statusMessage, isActive }: Presence,
  now: number,
): PresenceContent {
  return {
    presence,
    ...(lastActiveAt > 0 && { last_active_ago: Math.max(0, now - lastActiveAt) }),
    ...(presence !== 'offline' && { currently_active: isActive }),
    ...(statusMessage !== undefined && { status_msg: statusMessage }),
  };
}

/** Whether two users are joined to one room. */
export function sharesRoom(one: UserSession, other: UserSession): boolean {
  const [few, many] = one.memberships.size < other.memberships.size ? [one, other] : [other, one];
  for (const [roomId, { membership }] of few.memberships) {
    if (membership === 'join' && many.memberships.get(roomId)?.membership === 'join') return true;
  }
  return false;
}

/** Whether the user is joined to one of these rooms. */
export function isInOneOf({ memberships }: UserSession, roomIds: ReadonlySet<string>): boolean {
  for (const roomId of roomIds) if (memberships.get(roomId)?.membership === 'join') return true;
  return false;
}
