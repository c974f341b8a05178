import type { StateDifference } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';

export interface JoinedMembersPorts {
  readonly states: Pick<StateReader, 'lookup' | 'listSome' | 'diff'>;
  readonly reader: Pick<RoomReader, 'findEvents'>;
}

/** What a change of a room's state was to its members. */
export interface MembersMoved {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** The room is encrypted since. */
  readonly isEncryptedNow: boolean;
}

const ENCRYPTION = { type: 'm.room.encryption', stateKey: '' };

/** Reads from a room's state who is joined to it. The cost follows what is asked for, not the room. */
export class JoinedMembers {
  readonly #ports: JoinedMembersPorts;

  constructor(ports: JoinedMembersPorts) {
    this.#ports = ports;
  }

  async isEncrypted(room: RoomPlace, root: number): Promise<boolean> {
    return (await this.#ports.states.lookup(room, root, [ENCRYPTION]))?.[0] !== undefined;
  }

  /** Which of some users. */
  async among(room: RoomPlace, root: number, userIds: readonly string[]): Promise<string[]> {
    const keys = userIds.map((stateKey) => ({ type: 'm.room.member', stateKey }));
    const nids = (await this.#ports.states.lookup(room, root, keys)) ?? [];
    const joined = await this.#joinedOf(room, nids);
    return userIds.filter((_, index) => joined.has(nids[index] ?? 0));
  }

  /** All; nothing where there are more entries than the limit. */
  async few(room: RoomPlace, root: number, limit: number): Promise<string[] | undefined> {
    const entries = await this.#ports.states.listSome(room, root, { select: 'members', limit: limit + 1 });
    if (entries === undefined || entries.length > limit) return undefined;
    const nids = entries.map(({ eventNid }) => eventNid);
    const joined = await this.#joinedOf(room, nids);
    return [...joined.values()];
  }

  /** Nothing where one of the states is no longer stored. */
  async moved(room: RoomPlace, before: number, after: number): Promise<MembersMoved | undefined> {
    const differences = await this.#ports.states.diff(room, before, after);
    if (differences === undefined) return undefined;
    const members = differences.filter(({ type }) => type === 'm.room.member');
    const joined = await this.#joinedOf(
      room,
      members.flatMap((member) => [member.before, member.after]),
    );
    const isJoin = (nid: number | undefined): boolean => joined.has(nid ?? 0);
    const moved = members.filter((member) => isJoin(member.before) !== isJoin(member.after));
    return {
      joined: moved.filter((member) => isJoin(member.after)).map(({ stateKey }) => stateKey),
      left: moved.filter((member) => isJoin(member.before)).map(({ stateKey }) => stateKey),
      isEncryptedNow: differences.some(isEncryptionBegun),
    };
  }

  /** Of membership events by their numbers those that are joins, with their users. */
  async #joinedOf(room: RoomPlace, nids: readonly (number | undefined)[]): Promise<Map<number, string>> {
    const asked = nids.filter((nid) => nid !== undefined);
    if (asked.length === 0) return new Map();
    const joined = new Map<number, string>();
    for (const [nid, stored] of await this.#ports.reader.findEvents(room.shard, asked)) {
      const { content, stateKey } = readEvent(stored, room.roomVersion);
      if (content['membership'] === 'join' && stateKey !== undefined) joined.set(nid, stateKey);
    }
    return joined;
  }
}

function isEncryptionBegun({ type, before, after }: StateDifference): boolean {
  return type === ENCRYPTION.type && before === undefined && after !== undefined;
}
