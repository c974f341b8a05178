import { findServerName } from '@plexus/matrix-base';
import type { StateDifference, StateEntry } from '@plexus/room-dag';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import type { StateReader } from './state-reader.ts';

export interface ServerMembersPorts {
  readonly rooms: Pick<RoomReader, 'findEvents' | 'findServerInRoom'>;
  readonly states: Pick<StateReader, 'diff' | 'pages'>;
}

/** How many users of a server are joined and invited in a state; `undefined` where invites were not counted. */
interface Counted {
  readonly root: number;
  readonly joined: number;
  readonly invited: number | undefined;
}

/**
 * Whether users of one server are joined or invited in states of a room: what is counted now, and what has changed between one state that is asked
 * about and the next. The cost follows these changes, not the room's members; these are looked through once, and only where invites matter and
 * somebody in the room is invited now. A state that is no longer stored has nobody in it.
 */
export class ServerMembers {
  readonly #ports: ServerMembersPorts;
  readonly #room: RoomPlace;
  readonly #serverName: string;
  #last: Counted | undefined;

  constructor(ports: ServerMembersPorts, room: RoomPlace, serverName: string) {
    this.#ports = ports;
    this.#room = room;
    this.#serverName = serverName;
  }

  async hasJoined(root: number): Promise<boolean> {
    return ((await this.#moveTo(root))?.joined ?? 0) > 0;
  }

  async hasInvited(root: number): Promise<boolean> {
    const counted = await this.#moveTo(root);
    if (counted === undefined) return false;
    const invited = counted.invited ?? (await this.#countInvited(root));
    this.#last = { ...counted, invited };
    return invited > 0;
  }

  async #moveTo(root: number): Promise<Counted | undefined> {
    const from = this.#last ?? (await this.#countNow());
    if (from === undefined || from.root === root) return this.#keep(from);
    const differences = await this.#ports.states.diff(this.#room, from.root, root);
    if (differences === undefined) return undefined;
    const own = differences.filter((key) => isOwnMember(key, this.#serverName));
    const events = await this.#findEvents(own.flatMap(({ before, after }) => [before, after]));
    const change = (membership: string): number => this.#changeOf(membership, own, events);
    const invited = from.invited === undefined ? undefined : from.invited + change('invite');
    return this.#keep({ root, joined: from.joined + change('join'), invited });
  }

  #keep(counted: Counted | undefined): Counted | undefined {
    this.#last = counted;
    return counted;
  }

  async #countNow(): Promise<Counted | undefined> {
    const { shard, roomNid } = this.#room;
    const now = await this.#ports.rooms.findServerInRoom(shard, roomNid, this.#serverName);
    if (now === undefined) return undefined;
    return { root: now.currentRoot, joined: now.joinedCount, invited: now.invitedCount === 0 ? 0 : undefined };
  }

  async #countInvited(root: number): Promise<number> {
    let invited = 0;
    for await (const page of this.#ports.states.pages(this.#room, root, 'members')) {
      const own = page.filter((key: StateEntry) => isOwnMember(key, this.#serverName));
      const events = await this.#findEvents(own.map(({ eventNid }) => eventNid));
      invited += own.filter(({ eventNid }) => this.#isMembership(events.get(eventNid), 'invite')).length;
    }
    return invited;
  }

  #changeOf(
    membership: string,
    differences: readonly StateDifference[],
    events: ReadonlyMap<number, StoredEvent>,
  ): number {
    const has = (eventNid: number | undefined): number =>
      Number(eventNid !== undefined && this.#isMembership(events.get(eventNid), membership));
    return differences.reduce((sum, { before, after }) => sum + has(after) - has(before), 0);
  }

  #isMembership(stored: StoredEvent | undefined, membership: string): boolean {
    return stored !== undefined && readEvent(stored, this.#room.roomVersion).content['membership'] === membership;
  }

  #findEvents(eventNids: readonly (number | undefined)[]): Promise<Map<number, StoredEvent>> {
    const known = eventNids.filter((eventNid) => eventNid !== undefined);
    return known.length === 0 ? Promise.resolve(new Map()) : this.#ports.rooms.findEvents(this.#room.shard, known);
  }
}

function isOwnMember(
  { type, stateKey }: { readonly type: string; readonly stateKey: string },
  serverName: string,
): boolean {
  return type === 'm.room.member' && findServerName(stateKey) === serverName;
}
