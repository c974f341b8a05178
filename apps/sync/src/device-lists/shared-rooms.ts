import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { EventStore } from '../log/event-store.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { Membership } from '../sessions/user-session.ts';

export interface SharedRoomsOptions {
  readonly rows: RoomRows;
  readonly states: StateReader;
  readonly events: EventStore;
}

/** From where to where the log of a room is looked through. */
export interface RoomSpan {
  readonly membership: Membership;
  readonly since: number;
  readonly upTo: number;
}

/** Who came to share an encrypted room with its user, and who ceased to. */
export interface SharingChanges {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

function isDeparture({ membership }: Membership): boolean {
  return membership === 'leave' || membership === 'ban';
}

const NOTHING: SharingChanges = { joined: [], left: [] };
const ENCRYPTION = { type: 'm.room.encryption', stateKey: '' };
const BATCH = 500;
/** Of a larger room that the user left, nobody is named. */
const MAX_LEFT_MEMBERS = 1_000;

/**
 * Finds with whom a user began or ceased to share an encrypted room (https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync). The
 * cost follows what changed in the room's state; only a room that is new to the user is listed as a whole.
 */
export class SharedRooms {
  readonly #options: SharedRoomsOptions;

  constructor(options: SharedRoomsOptions) {
    this.#options = options;
  }

  /** Whether there may be something to find: for most ranges the tail knows at once that there is nothing. */
  mayFindChanges({ membership, since, upTo }: RoomSpan): boolean {
    const { room, position } = membership;
    if (membership.membership !== 'join') return isDeparture(membership) && position > since;
    if (room.lastPosition <= since) return false;
    const roots = this.#options.rows.recentRoots({ room, after: since, upTo });
    return roots === undefined || roots.start !== roots.end;
  }

  async findChanges({ membership, since, upTo }: RoomSpan, userId: string): Promise<SharingChanges> {
    const { rows } = this.#options;
    const { room } = membership;
    const isJoined = membership.membership === 'join';
    const start = await rows.rootAt(room, since);
    // At the row of the own departure the user has left: what was before it is what was shared.
    const end = await rows.rootAt(room, isJoined ? upTo : membership.position - 1);
    const place = await this.#placeOf(room, upTo);
    if (place === undefined || !(await this.#isEncrypted(place, end))) return NOTHING;
    const wasJoined = since > 0 && (await this.#isMember(place, start, userId));
    if (!isJoined) return wasJoined ? { joined: [], left: await this.#fewMembers(place, end) } : NOTHING;
    const isNew = !wasJoined || !(await this.#isEncrypted(place, start));
    const changes = isNew ? undefined : await this.#changesOf(place, start, end);
    return changes ?? { joined: await this.#members(place, end), left: [] };
  }

  /** Whether the user is joined to the room as it is at the position, and it is encrypted. */
  async isShared(room: RoomLog, position: number, userId: string): Promise<boolean> {
    const [place, root] = [await this.#placeOf(room, position), await this.#options.rows.rootAt(room, position)];
    if (place === undefined || !(await this.#isEncrypted(place, root))) return false;
    return await this.#isMember(place, root, userId);
  }

  /** Which of some users are joined to the room now. */
  async findJoined(room: RoomLog, userIds: readonly string[]): Promise<string[]> {
    const { rows, states } = this.#options;
    const place = await this.#placeOf(room, Number.MAX_SAFE_INTEGER);
    if (place === undefined) return [];
    const root = await rows.rootAt(room, Number.MAX_SAFE_INTEGER);
    const keys = userIds.map((stateKey) => ({ type: 'm.room.member', stateKey }));
    const nids = (await states.lookup(place, root, keys)) ?? [];
    return [
      ...(await this.#joinedOf(
        place,
        nids.flatMap((eventNid) => (eventNid === undefined ? [] : [{ eventNid }])),
      )),
    ];
  }

  /** Nothing where the former state is no longer stored. */
  async #changesOf(place: RoomPlace, start: number, end: number): Promise<SharingChanges | undefined> {
    const { states, events } = this.#options;
    const differences = await states.diff(place, start, end);
    if (differences === undefined) return undefined;
    const members = differences.filter(({ type }) => type === 'm.room.member');
    const nids = members.flatMap(({ before, after }) => [before, after]).filter((nid) => nid !== undefined);
    const loaded = await events.load(place, nids);
    const isJoin = (nid: number | undefined): boolean => loaded.get(nid ?? 0)?.traits.membership === 'join';
    const moved = members.filter(({ before, after }) => isJoin(before) !== isJoin(after));
    return {
      joined: moved.filter(({ after }) => isJoin(after)).map(({ stateKey }) => stateKey),
      left: moved.filter(({ before }) => isJoin(before)).map(({ stateKey }) => stateKey),
    };
  }

  async #isEncrypted(place: RoomPlace, root: number): Promise<boolean> {
    return (await this.#options.states.lookup(place, root, [ENCRYPTION]))?.[0] !== undefined;
  }

  async #isMember(place: RoomPlace, root: number, stateKey: string): Promise<boolean> {
    const { states, events } = this.#options;
    const nid = (await states.lookup(place, root, [{ type: 'm.room.member', stateKey }]))?.[0];
    if (nid === undefined) return false;
    return (await events.load(place, [nid])).get(nid)?.traits.membership === 'join';
  }

  /** @DEVIATION Who leaves a large room is not told whom they share no room with any more: it would cost as much as the room is large. */
  async #fewMembers(place: RoomPlace, root: number): Promise<readonly string[]> {
    const selection = { select: 'members', limit: MAX_LEFT_MEMBERS + 1 } as const;
    const some = (await this.#options.states.listSome(place, root, selection)) ?? [];
    return some.length > MAX_LEFT_MEMBERS ? [] : await this.#joinedOf(place, some);
  }

  async #members(place: RoomPlace, root: number): Promise<readonly string[]> {
    return await this.#joinedOf(place, (await this.#options.states.list(place, root, 'members')) ?? []);
  }

  async #joinedOf(place: RoomPlace, entries: readonly { readonly eventNid: number }[]): Promise<readonly string[]> {
    const joined: string[] = [];
    for (let first = 0; first < entries.length; first += BATCH) {
      const nids = entries.slice(first, first + BATCH).map(({ eventNid }) => eventNid);
      for (const { traits } of (await this.#options.events.load(place, nids)).values())
        if (traits.membership === 'join' && traits.stateKey !== undefined) joined.push(traits.stateKey);
    }
    return joined;
  }

  async #placeOf(room: RoomLog, upTo: number): Promise<RoomPlace | undefined> {
    room.roomVersion ??= (await this.#options.rows.findLast(room, upTo))?.roomVersion;
    if (room.roomVersion === undefined) return undefined;
    return { shard: room.shard, roomNid: room.roomNid, roomVersion: room.roomVersion };
  }
}
