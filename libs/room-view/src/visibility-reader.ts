import type { RoomEvent } from '@plexus/room-dag';
import type { RoomReader } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { ReadableEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
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
  readonly visibility: string;
  readonly membership: string;
}

/** Decides what of a room's history a user may see (https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility). */
export class VisibilityReader {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #states: StateReader;

  constructor(reader: Pick<RoomReader, 'findEvents'>, states: StateReader) {
    this.#reader = reader;
    this.#states = states;
  }

  /** How a user has each of these events, which are in the order of the timeline, oldest first. */
  async view(room: RoomPlace, events: readonly RoomEventThere[], viewer: Viewer): Promise<EventView[]> {
    const states = await this.#readStates(room, events, viewer.userId);
    const views: EventView[] = [];
    let isJoinedAfterwards = viewer.isJoinedAfterwards;
    for (const there of events.toReversed()) {
      const before = states.get(there.stored.stateBefore ?? 0);
      const view = before === undefined ? HIDDEN : viewEvent(there.event, before, { ...viewer, isJoinedAfterwards });
      isJoinedAfterwards ||= view.membership === 'join';
      views.push(view);
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
    const contentOf = (nid: number | undefined): RoomEvent['content'] => {
      const stored: ReadableEvent | undefined = nid === undefined ? undefined : found.get(nid);
      return stored === undefined ? {} : readEvent(stored, room.roomVersion).content;
    };
    return new Map(
      [...nidsAt].map(([root, [visibility, member]]) => [
        root,
        { visibility: visibilityOf(contentOf(visibility)), membership: membershipOf(contentOf(member)) },
      ]),
    );
  }
}

/** An event and where it stands. */
export interface RoomEventThere {
  readonly stored: Pick<ReadableEvent, 'stateBefore'>;
  readonly event: Pick<RoomEvent, 'type' | 'stateKey' | 'content'>;
}

const HIDDEN: EventView = { isVisible: false, membership: 'leave' };

/** A change of the visibility or of one's own membership is seen by whoever may see either side of it. */
function viewEvent(event: RoomEventThere['event'], before: StateThere, viewer: Viewer): EventView {
  const isOwn = event.type === 'm.room.member' && event.stateKey === viewer.userId;
  const isVisibility = event.type === 'm.room.history_visibility' && event.stateKey === '';
  const after = {
    membership: isOwn ? membershipOf(event.content) : before.membership,
    visibility: isVisibility ? visibilityOf(event.content) : before.visibility,
  };
  const isVisible = canSee(before, viewer) || canSee(after, viewer) || isOwn;
  return { isVisible, membership: after.membership };
}

function canSee({ visibility, membership }: StateThere, { isJoinedAfterwards }: Viewer): boolean {
  if (visibility === 'world_readable' || membership === 'join') return true;
  if (visibility === 'shared') return isJoinedAfterwards;
  return visibility === 'invited' && membership === 'invite';
}

const VISIBILITIES = new Set(['world_readable', 'shared', 'invited', 'joined']);

function visibilityOf({ history_visibility: visibility }: RoomEvent['content']): string {
  return typeof visibility === 'string' && VISIBILITIES.has(visibility) ? visibility : 'shared';
}

function membershipOf({ membership }: RoomEvent['content']): string {
  return typeof membership === 'string' ? membership : 'leave';
}
