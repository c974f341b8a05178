import type { DeviceListReader } from '@plexus/storage';
import type { UserSession } from '../sessions/user-session.ts';
import type { DeviceListFollower, FollowedChange } from './device-list-follower.ts';

/** Finds whose device lists changed after a position, of those whom a user has to know of: who shares a room with them, and they themselves. */
export class ChangedDeviceLists {
  readonly #follower: DeviceListFollower;
  readonly #reader: Pick<DeviceListReader, 'findChangedUsers'>;

  constructor(follower: DeviceListFollower, reader: Pick<DeviceListReader, 'findChangedUsers'>) {
    this.#follower = follower;
    this.#reader = reader;
  }

  /** Of everything that is delivered. */
  get position(): number {
    return this.#follower.position;
  }

  /** Resolves when everything up to this position is delivered, or could not be read. */
  reached(position: number): Promise<void> {
    return this.#follower.reached(position);
  }

  /** From what is kept in memory; beyond it, what reads them from Postgres. */
  find(session: UserSession, after: number): readonly string[] | (() => Promise<readonly string[]>) {
    const changes = this.#follower.changesAfter(after);
    if (changes !== undefined) return changes.filter((change) => concerns(change, session)).map(({ userId }) => userId);
    const query = { viewer: session.userId, roomIds: joinedBy(session), after };
    return () => this.#reader.findChangedUsers(query);
  }
}

function concerns({ userId, seenBy, roomIds }: FollowedChange, session: UserSession): boolean {
  if (seenBy !== undefined) return seenBy === session.userId;
  if (userId === session.userId) return true;
  const { memberships } = session;
  // The smaller one of both is looked through.
  if (roomIds.size > memberships.size) {
    for (const [roomId, { membership }] of memberships) if (membership === 'join' && roomIds.has(roomId)) return true;
    return false;
  }
  for (const roomId of roomIds) if (memberships.get(roomId)?.membership === 'join') return true;
  return false;
}

function joinedBy({ memberships }: UserSession): string[] {
  return [...memberships].filter(([, { membership }]) => membership === 'join').map(([roomId]) => roomId);
}
