import { MatrixError } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord, StoredEvent } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { ShowPdus } from '../reading/show-pdus.ts';
import { AuthCitations } from '../reading/snapshot-reader.ts';
import type { SnapshotReader } from '../reading/snapshot-reader.ts';
import type { VisitedRoom } from './visited-room.ts';

export interface JoinAnswerPorts {
  readonly rooms: Pick<RoomReader, 'findEvents' | 'findEventsById' | 'readResidentServers'>;
  readonly states: Pick<StateReader, 'lookup' | 'listSome'>;
  readonly snapshots: SnapshotReader;
  readonly showPdus: ShowPdus;
}

interface JoinedRoom {
  readonly room: RoomRecord;
  readonly join: StoredEvent;
  /** Of the state before the join. */
  readonly root: number;
  readonly omitMembers: boolean;
}

const NAME_KEYS = ['m.room.name', 'm.room.canonical_alias'].map((type) => ({ type, stateKey: '' }));
const MAX_HEROES = 5;

/** What a server gets with the join of its first user: the state before it, and what authorizes that (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid). */
export class JoinAnswer {
  readonly #ports: JoinAnswerPorts;

  constructor(ports: JoinAnswerPorts) {
    this.#ports = ports;
  }

  /** Pieces of JSON. The caller guarantees that the join is stored. */
  async write(
    parties: Parties,
    { room }: VisitedRoom,
    { eventId, omitMembers }: { readonly eventId: string; readonly omitMembers: boolean },
  ): Promise<AsyncGenerator<string>> {
    const join = (await this.#ports.rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (join?.stateBefore === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'The room is gone');
    return this.#pieces(parties, { room, join, root: join.stateBefore, omitMembers });
  }

  async *#pieces({ origin, destination }: Parties, joined: JoinedRoom): AsyncGenerator<string> {
    const { room, join, omitMembers } = joined;
    const { rooms, snapshots, showPdus } = this.#ports;
    const citing = new AuthCitations(room);
    citing.add([join]);
    yield `{"origin":${JSON.stringify(destination)},"members_omitted":${omitMembers}`;
    if (omitMembers) {
      const servers = await rooms.readResidentServers(room.shard, room.roomNid);
      const before = [...servers].filter(([name, count]) => name !== origin || count > 1).map(([name]) => name);
      yield `,"servers_in_room":${JSON.stringify(before)}`;
    }
    yield `,"event":${join.json.toString()},"state":[`;
    let separator = '';
    for await (const page of this.#state(joined)) {
      if (page.length === 0) continue;
      citing.add(page);
      yield separator + (await showPdus.inFull(room, page)).join(',');
      separator = ',';
    }
    yield '],"auth_chain":[';
    separator = '';
    for await (const page of snapshots.authChain(room, citing)) {
      if (page.length === 0) continue;
      yield separator + (await showPdus.inFull(room, page)).join(',');
      separator = ',';
    }
    yield ']}';
  }

  async *#state({ room, root, omitMembers }: JoinedRoom): AsyncGenerator<readonly StoredEvent[]> {
    const { snapshots } = this.#ports;
    if (!omitMembers) return yield* snapshots.state(room, root, 'all');
    yield* snapshots.state(room, root, 'nonMembers');
    yield await this.#findHeroes(room, root);
  }

  /** Members by whom clients name a room that has no name. */
  async #findHeroes(room: RoomRecord, root: number): Promise<StoredEvent[]> {
    const { rooms, states } = this.#ports;
    const names = await states.lookup(room, root, NAME_KEYS);
    if (names?.some((nid) => nid !== undefined)) return [];
    const some = await states.listSome(room, root, { select: 'members', limit: MAX_HEROES * 2 });
    const nids = (some ?? []).map(({ eventNid }) => eventNid);
    const members = [...(await rooms.findEvents(room.shard, nids)).values()];
    const present = members.filter((stored) => {
      const { membership } = readEvent(stored, room.roomVersion).content;
      return membership === 'join' || membership === 'invite';
    });
    return present.slice(0, MAX_HEROES);
  }
}
