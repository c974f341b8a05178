import { canUserSeeEvent, historyVisibilityOf } from '@plexus/room-dag';
import type { HistoryVisibility, RoomEvent } from '@plexus/room-dag';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { ReadableEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import { hasExpired } from './room-expiry.ts';
import type { RoomExpiry } from './room-expiry.ts';
import type { StateReader } from './state-reader.ts';

/** Who looks. */
export interface Viewer {
  readonly userId: string;
  /** Whether they were joined at some time after the last of the events. */
  readonly isJoinedAfterwards: boolean;
}

/** An event as one user has it. */
export interface EventView {
  readonly isVisible: boolean;
  /** The user's membership at the event, what the event itself changed included: `unsigned.membership`. */
  readonly membership: string;
}

interface StateThere {
  readonly historyVisibility: HistoryVisibility;
  readonly membership: string;
}

/** Decides what of a room's history a user may see (https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility). */
export class VisibilityReader {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #states: StateReader;
  readonly #expiry: Pick<RoomExpiry, 'findEnd'> | undefined;

  /** Without `expiry` what has expired is shown until it is taken away. */
  constructor(reader: Pick<RoomReader, 'findEvents'>, states: StateReader, expiry?: Pick<RoomExpiry, 'findEnd'>) {
    this.#reader = reader;
    this.#states = states;
    this.#expiry = expiry;
  }

  /** How a user has each of these events, which are in the order of the timeline, oldest first. */
  async view(room: RoomPlace, events: readonly RoomEventThere[], viewer: Viewer): Promise<EventView[]> {
    const [states, expired] = await Promise.all([
      this.#readStates(room, events, viewer.userId),
      this.#expiry?.findEnd(room),
    ]);
    const views: EventView[] = [];
    let isJoinedAfterwards = viewer.isJoinedAfterwards;
    for (const there of events.toReversed()) {
      const before = states.get(there.stored.stateBefore ?? 0);
      const view = before === undefined ? HIDDEN : viewEvent(there.event, before, { ...viewer, isJoinedAfterwards });
      isJoinedAfterwards ||= view.membership === 'join';
      views.push(hasExpired(there.stored.topologicalPosition, expired) ? { ...view, isVisible: false } : view);
    }
    return views.reverse();
  }

  async #readStates(
    room: RoomPlace,
    events: readonly RoomEventThere[],
    userId: string,
  ): Promise<Map<number, StateThere>> {
    const keys = [
      { type: 'm.room.history_visibility', stateKey: '' },
      { type: 'm.room.member', stateKey: userId },
    ];
    const nidsAt = new Map<number, readonly (number | undefined)[]>();
    for (const root of new Set(events.map(({ stored }) => stored.stateBefore ?? 0))) {
      const nids = await this.#states.lookup(room, root, keys);
      if (nids !== undefined) nidsAt.set(root, nids);
    }
    const nids = new Set([...nidsAt.values()].flat().filter((nid) => nid !== undefined));
    const found = nids.size === 0 ? new Map() : await this.#reader.findEvents(room.shard, [...nids]);
    const eventOf = (nid: number | undefined): RoomEvent | undefined => {
      const stored: ReadableEvent | undefined = nid === undefined ? undefined : found.get(nid);
      return stored && readEvent(stored, room.roomVersion);
    };
    return new Map(
      [...nidsAt].map(([root, [visibility, member]]) => [
        root,
        {
          historyVisibility: historyVisibilityOf(eventOf(visibility)),
          membership: membershipOf(eventOf(member)?.content ?? {}),
        },
      ]),
    );
  }
}

/** An event and where it stands. */
export interface RoomEventThere {
  readonly stored: Pick<StoredEvent, 'stateBefore' | 'topologicalPosition'>;
  readonly event: RoomEvent;
}

const HIDDEN: EventView = { isVisible: false, membership: 'leave' };

function viewEvent(event: RoomEvent, { historyVisibility, membership }: StateThere, viewer: Viewer): EventView {
  const { userId, isJoinedAfterwards: hasJoinedSince } = viewer;
  const isVisible = canUserSeeEvent(event, { userId, historyVisibility, membership, hasJoinedSince });
  const isOwn = event.type === 'm.room.member' && event.stateKey === userId;
  return { isVisible, membership: isOwn ? membershipOf(event.content) : membership };
}

function membershipOf({ membership }: RoomEvent['content']): string {
  return typeof membership === 'string' ? membership : 'leave';
}
