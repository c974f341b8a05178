import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RoomEvent, StateDifference } from '@plexus/room-dag';
import type { OutdatedRoom, RoomDescription, RoomDescriptionRepository, RoomReader } from '@plexus/storage';
import { describeState } from './describe-room.ts';

export interface DescribeOutdatedPorts {
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly stateReader: StateReader;
  readonly descriptions: RoomDescriptionRepository;
}

const DESCRIBING = [
  'm.room.create',
  'm.room.name',
  'm.room.canonical_alias',
  'm.room.encryption',
  'm.room.join_rules',
  'm.room.guest_access',
  'm.room.history_visibility',
];
const ROOMS_AT_ONCE = 100;

/**
 * Brings descriptions of rooms up to date. A room that was described before costs what has changed in its state since; what changes while this
 * runs is described the next time. Two that run at once do the same.
 */
export class DescribeOutdatedRooms {
  readonly #ports: DescribeOutdatedPorts;

  constructor(ports: DescribeOutdatedPorts) {
    this.#ports = ports;
  }

  /** Stops after so many milliseconds; true where nothing is left. */
  async execute(budgetMs: number): Promise<boolean> {
    const began = performance.now();
    while (performance.now() - began < budgetMs) {
      const outdated = await this.#ports.descriptions.listOutdated(ROOMS_AT_ONCE);
      for (const room of outdated) await this.#describe(room);
      if (outdated.length < ROOMS_AT_ONCE) return true;
    }
    return false;
  }

  async #describe({ room, former }: OutdatedRoom): Promise<void> {
    const { stateReader, descriptions } = this.#ports;
    const changes = former && (await stateReader.diff(room, former.root, room.currentRoot));
    const stateEvents =
      changes === undefined
        ? ((await stateReader.list(room, room.currentRoot, 'all'))?.length ?? 0)
        : (former?.description.stateEvents ?? 0) + countAdded(changes);
    const isSame = changes?.every(({ type }) => !DESCRIBING.includes(type)) === true;
    const description =
      isSame && former !== undefined ? { ...former.description, stateEvents } : await this.#read(room, stateEvents);
    await descriptions.describe(room, description);
  }

  async #read(room: OutdatedRoom['room'], stateEvents: number): Promise<RoomDescription> {
    const keys = DESCRIBING.map((type) => ({ type, stateKey: '' }));
    const nids = (await this.#ports.stateReader.lookup(room, room.currentRoot, keys)) ?? [];
    const known = nids.filter((nid) => nid !== undefined);
    const events = [...(await this.#ports.rooms.findEvents(room.shard, known)).values()];
    const state = new Map<string, RoomEvent>();
    for (const stored of events) {
      const event = readEvent(stored, room.roomVersion);
      state.set(event.type, event);
    }
    return { ...descriptionOf(state), stateEvents };
  }
}

function countAdded(changes: readonly StateDifference[]): number {
  return changes.reduce(
    (count, { before, after }) => count + Number(after !== undefined) - Number(before !== undefined),
    0,
  );
}

function descriptionOf(state: ReadonlyMap<string, RoomEvent>): Omit<RoomDescription, 'stateEvents'> {
  const described = describeState(state);
  return {
    name: described.name ?? undefined,
    canonicalAlias: described.canonical_alias ?? undefined,
    creator: described.creator ?? undefined,
    encryption: described.encryption ?? undefined,
    isFederatable: described.federatable,
    joinRule: described.join_rules ?? undefined,
    guestAccess: described.guest_access ?? undefined,
    historyVisibility: described.history_visibility ?? undefined,
    roomType: described.room_type ?? undefined,
  };
}
