import type { DeviceListReader } from '@plexus/storage';
import type { UserSession } from '../sessions/user-session.ts';
import type { DeviceListFollower, FollowedChange } from './device-list-follower.ts';
import type { SharingUsers } from './sharing-users.ts';

/** Finds whose device lists changed after a position, of those whom a user has to know of: who shares a room with them, and they themselves. */
export class ChangedDeviceLists {
  readonly #follower: DeviceListFollower;
  readonly #reader: ChangeReader;
  readonly #others: OtherServers;

  constructor(follower: DeviceListFollower, reader: ChangeReader, others: OtherServers) {
    this.#follower = follower;
    this.#reader = reader;
    this.#others = others;
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
    return () => this.#read(session, after);
  }

  /** Users of other servers have no memberships that are projected: of them it is asked in the states of rooms. */
  async #read(session: UserSession, after: number): Promise<readonly string[]> {
    const query = { viewer: session.userId, roomIds: joinedBy(session), after };
    const [hosted, elsewhere] = await Promise.all([this.#reader.findChangedUsers(query), this.#listElsewhere(after)]);
    const sharing = await this.#others.sharing.find(session, elsewhere);
    return [...new Set([...hosted, ...sharing])];
  }

  async #listElsewhere(after: number): Promise<string[]> {
    const userIds: string[] = [];
    for (let from = after; ;) {
      const page = await this.#reader.readDeviceListChanges(from, PAGE);
      const ofOthers = page.filter(({ userId, seenBy }) => seenBy === undefined && !this.#others.isHosted(userId));
      userIds.push(...ofOthers.map(({ userId }) => userId));
      if (page.length < PAGE) return userIds;
      from = page.at(-1)?.position ?? from;
    }
  }
}

type ChangeReader = Pick<DeviceListReader, 'findChangedUsers' | 'readDeviceListChanges'>;

/** How users of other servers are found. */
export interface OtherServers {
  /** Whether a user is of a hosted server. */
  readonly isHosted: (userId: string) => boolean;
  readonly sharing: Pick<SharingUsers, 'find'>;
}

const PAGE = 1_000;

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
