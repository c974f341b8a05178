import type { ChangedDeviceLists } from '../device-lists/changed-device-lists.ts';
import type { RoomSpan, SharedRooms, SharingChanges } from '../device-lists/shared-rooms.ts';
import type { Membership, UserSession } from '../sessions/user-session.ts';

/** From where to where device lists are told. */
export interface DeviceListRange {
  readonly since: DeviceListPlace;
  readonly upTo: DeviceListPlace;
  /** Memberships of rooms in which anything was logged since; found here where the caller has not. */
  readonly changed?: readonly Membership[] | undefined;
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

  /** Resolves when everything up to this position is delivered, or could not be read. */
  reached(position: number): Promise<void> {
    return this.#options.changes.reached(position);
  }

  /**
   * Decides whether there may be something to tell, and of which rooms and users, from the session as it stands; the result reads what it is. Nothing
   * where there is nothing to tell, as for most answers.
   */
  begin(session: UserSession, range: DeviceListRange): (() => Promise<DeviceListsAnswer | undefined>) | undefined {
    const { since, upTo } = range;
    const spans = this.#spansOf(session, range);
    const isNew = upTo.deviceLists > since.deviceLists;
    const found = isNew ? this.#options.changes.find(session, since.deviceLists) : [];
    if (spans.length === 0 && typeof found !== 'function' && found.length === 0) return undefined;
    const asked = { session, memberships: [...session.memberships.values()], spans, upTo };
    return () => this.#answer(asked, typeof found === 'function' ? found() : found);
  }

  /** Of the rooms in which anything happened. */
  #spansOf(session: UserSession, { since, upTo, changed }: DeviceListRange): RoomSpan[] {
    const spans: RoomSpan[] = [];
    for (const membership of changed ?? session.changedSince(since.positions)) {
      const { shard } = membership.room;
      const span = { membership, since: since.positions[shard] ?? 0, upTo: upTo.positions[shard] ?? 0 };
      if (this.#options.sharedRooms.mayFindChanges(span)) spans.push(span);
    }
    return spans;
  }

  async #answer(
    asked: Asked,
    found: readonly string[] | Promise<readonly string[]>,
  ): Promise<DeviceListsAnswer | undefined> {
    const { userId } = asked.session;
    const [changes, sharing] = await Promise.all([found, this.#findSharing(asked.spans, userId)]);
    const changed = new Set(changes);
    for (const other of sharing.joined) if (other !== userId) changed.add(other);
    const left = await this.#withoutShared(sharing.left, asked);
    const answer = { changed: [...changed].filter((other) => !left.has(other)), left: [...left] };
    return answer.changed.length + answer.left.length === 0 ? undefined : answer;
  }

  async #findSharing(spans: readonly RoomSpan[], userId: string): Promise<SharingChanges> {
    const [joined, left] = [new Set<string>(), new Set<string>()];
    for (const span of spans) {
      const changes = await this.#options.sharedRooms.findChanges(span, userId);
      for (const other of changes.joined) joined.add(other);
      for (const other of changes.left) left.add(other);
    }
    return { joined: [...joined], left: [...left].filter((other) => other !== userId && !joined.has(other)) };
  }

  /** Those with whom no encrypted room is shared any more. */
  async #withoutShared(userIds: readonly string[], { memberships, upTo }: Asked): Promise<ReadonlySet<string>> {
    const left = new Set<string>();
    const own = memberships.filter(({ membership }) => membership === 'join');
    for (const userId of userIds) if (!(await this.#sharesRoom(userId, own, upTo))) left.add(userId);
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

interface Asked {
  readonly session: UserSession;
  readonly memberships: readonly Membership[];
  readonly spans: readonly RoomSpan[];
  readonly upTo: DeviceListPlace;
}
