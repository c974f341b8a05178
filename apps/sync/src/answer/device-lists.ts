import type { ChangedDeviceLists } from '../device-lists/changed-device-lists.ts';
import type { SharedRooms, SharingChanges } from '../device-lists/shared-rooms.ts';
import type { Membership, UserSession } from '../sessions/user-session.ts';

/** From where to where device lists are told. */
export interface DeviceListRange {
  readonly since: DeviceListPlace;
  readonly upTo: DeviceListPlace;
}

export interface DeviceListPlace {
  /** In each room shard's log; index is the shard. */
  readonly positions: readonly number[];
  /** Of changes of device lists. */
  readonly deviceLists: number;
}

/** Whose device lists a client has to ask for again, and whose it may forget. */
export interface DeviceListsAnswer {
  readonly changed: readonly string[];
  readonly left: readonly string[];
}

export interface DeviceListsOptions {
  readonly changes: ChangedDeviceLists;
  readonly sharedRooms: SharedRooms;
  /** Of a user of a hosted server; nothing for others. */
  readonly joinedRooms: (userId: string) => Promise<ReadonlySet<string> | undefined>;
}

/** Tells of device lists (https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync). */
export class DeviceListsReader {
  readonly #options: DeviceListsOptions;

  constructor(options: DeviceListsOptions) {
    this.#options = options;
  }

  /** How far changes are delivered. */
  get position(): number {
    return this.#options.changes.position;
  }

  /** Nothing where there is nothing to tell. What it reads of the session it reads at once, before anything is delivered. */
  async read(session: UserSession, { since, upTo }: DeviceListRange): Promise<DeviceListsAnswer | undefined> {
    const memberships = [...session.memberships.values()];
    const found = upTo.deviceLists > since.deviceLists ? this.#options.changes.find(session, since.deviceLists) : [];
    const rooms = memberships.filter((membership) => mayShareAnew(membership, since.positions));
    const sharing = await this.#findSharing(rooms, session.userId, { since, upTo });
    const changed = new Set(await found);
    for (const userId of sharing.joined) if (userId !== session.userId) changed.add(userId);
    const left = await this.#withoutShared(sharing.left, { session, memberships, upTo });
    const answer = { changed: [...changed].filter((userId) => !left.has(userId)), left: [...left] };
    return answer.changed.length + answer.left.length === 0 ? undefined : answer;
  }

  async #findSharing(
    memberships: readonly Membership[],
    userId: string,
    { since, upTo }: DeviceListRange,
  ): Promise<SharingChanges> {
    const [joined, left] = [new Set<string>(), new Set<string>()];
    for (const membership of memberships) {
      const { shard } = membership.room;
      const span = { membership, since: since.positions[shard] ?? 0, upTo: upTo.positions[shard] ?? 0 };
      const changes = await this.#options.sharedRooms.findChanges(span, userId);
      for (const other of changes.joined) joined.add(other);
      for (const other of changes.left) left.add(other);
    }
    return { joined: [...joined], left: [...left].filter((other) => other !== userId && !joined.has(other)) };
  }

  /** Those with whom no encrypted room is shared any more. */
  async #withoutShared(
    userIds: readonly string[],
    at: { readonly session: UserSession; readonly memberships: readonly Membership[]; readonly upTo: DeviceListPlace },
  ): Promise<ReadonlySet<string>> {
    const left = new Set<string>();
    const own = at.memberships.filter(({ membership }) => membership === 'join');
    for (const userId of userIds) if (!(await this.#sharesRoom(userId, own, at.upTo))) left.add(userId);
    return left;
  }

  async #sharesRoom(userId: string, own: readonly Membership[], { positions }: DeviceListPlace): Promise<boolean> {
    const { sharedRooms, joinedRooms } = this.#options;
    const theirs = await joinedRooms(userId);
    for (const { room } of own) {
      if (theirs !== undefined && !theirs.has(room.roomId)) continue;
      if (await sharedRooms.isShared(room, positions[room.shard] ?? 0, userId)) return true;
    }
    return false;
  }
}

/** Whether anything happened in the room that may change with whom it is shared. */
function mayShareAnew({ room, membership, position }: Membership, positions: readonly number[]): boolean {
  const since = positions[room.shard] ?? 0;
  if (membership === 'join') return room.lastPosition > since;
  return (membership === 'leave' || membership === 'ban') && position > since;
}
