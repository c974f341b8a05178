import { isJsonObject } from '@plexus/matrix-base';
import type { RoomPlace, StateReader } from '@plexus/room-view';
import { readEvent } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { EventStore } from '../log/event-store.ts';
import type { RoomCounts, RoomLog } from '../log/room-log.ts';
import type { ServedEvent } from '../log/served-event.ts';

/** How a client names a room that has no name (https://spec.matrix.org/v1.19/client-server-api/#calculating-the-display-name-for-a-room). */
export interface RoomSummary extends RoomCounts {
  /** Nothing where the room has a name of its own. */
  readonly heroes: readonly string[] | undefined;
}

export interface RoomSummaryReaderOptions {
  readonly reader: Pick<RoomReader, 'findRoom'>;
  readonly states: StateReader;
  readonly events: EventStore;
}

const MAX_HEROES = 5;
/** What names a room of its own. */
export const NAMING_STATE = [
  { type: 'm.room.name', stateKey: '' },
  { type: 'm.room.canonical_alias', stateKey: '' },
];

/** Reads summaries at a cost that does not follow the number of members. */
export class RoomSummaryReader {
  readonly #options: RoomSummaryReaderOptions;

  constructor(options: RoomSummaryReaderOptions) {
    this.#options = options;
  }

  async read(room: RoomLog, { place, root }: { place: RoomPlace; root: number }, userId: string): Promise<RoomSummary> {
    const [counts, heroes] = await Promise.all([this.#readCounts(room), this.#findHeroes(place, root, userId)]);
    return { ...counts, heroes };
  }

  /** @NOTE Counts are those of now, which may be newer than the response; the next change of a membership tells them again. */
  async #readCounts(room: RoomLog): Promise<RoomCounts> {
    if (room.counts?.position !== room.lastPosition) {
      const answer = this.#findCounts(room);
      room.counts = { position: room.lastPosition, answer };
      // Whoever waits for it has the failure; the next one asks anew.
      answer.catch(() => {
        if (room.counts?.answer === answer) room.counts = undefined;
      });
    }
    return await room.counts.answer;
  }

  async #findCounts({ roomId }: RoomLog): Promise<RoomCounts> {
    const found = await this.#options.reader.findRoom(roomId);
    return { joined: found?.joinedCount ?? 0, invited: found?.invitedCount ?? 0 };
  }

  /** @NOTE In a room larger than a few leaves of its trie these are always the same members, but not those of the longest standing. */
  async #findHeroes(place: RoomPlace, root: number, userId: string): Promise<readonly string[] | undefined> {
    const { states, events } = this.#options;
    const named = (await states.lookup(place, root, NAMING_STATE)) ?? [];
    const naming = await events.load(
      place,
      named.filter((nid) => nid !== undefined),
    );
    if ([...naming.values()].some(givesName)) return undefined;
    const some = (await states.listSome(place, root, { select: 'members', limit: MAX_HEROES + 1 })) ?? [];
    const members = await events.load(
      place,
      some.map(({ eventNid }) => eventNid),
    );
    return chooseHeroes([...members.values()], userId);
  }
}

function givesName({ stored, place }: ServedEvent): boolean {
  const { content } = readEvent(stored, place.roomVersion);
  if (!isJsonObject(content)) return false;
  return [content['name'], content['alias']].some((name) => typeof name === 'string' && name !== '');
}

function chooseHeroes(members: readonly ServedEvent[], userId: string): string[] {
  const others = members.filter(({ traits }) => traits.stateKey !== userId).sort((a, b) => a.eventNid - b.eventNid);
  const present = others.filter(({ traits }) => traits.membership === 'join' || traits.membership === 'invite');
  return (present.length > 0 ? present : others).slice(0, MAX_HEROES).flatMap(({ traits }) => traits.stateKey ?? []);
}
