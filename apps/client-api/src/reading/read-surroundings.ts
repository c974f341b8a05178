import type { RoomEventFilter } from '@plexus/matrix-api';
import { placeAfter, placeBefore } from '@plexus/room-view';
import type { StoredEvent, TimelinePlace } from '@plexus/storage';
import type { ReadTimeline } from './read-timeline.ts';
import type { RoomAccess } from './room-access.ts';
import type { VisibleEvent } from './show-events.ts';

export interface WantedSurroundings {
  readonly filter: RoomEventFilter;
  readonly before: number;
  readonly after: number;
}

/** What happened around an event. */
export interface Surroundings {
  /** Newest first. */
  readonly before: readonly VisibleEvent[];
  /** Oldest first. */
  readonly after: readonly VisibleEvent[];
  /** Where to page on from, backwards and forwards. */
  readonly start: TimelinePlace;
  readonly end: TimelinePlace;
}

/** Reads what a user sees of a timeline around one of its events. */
export class ReadSurroundings {
  readonly #timeline: ReadTimeline;

  constructor(timeline: ReadTimeline) {
    this.#timeline = timeline;
  }

  async execute(access: RoomAccess, event: StoredEvent, wanted: WantedSurroundings): Promise<Surroundings> {
    const { filter } = wanted;
    const [start, end] = [placeBefore(event), placeAfter(event)];
    const [before, after] = await Promise.all([
      this.#timeline.execute(access, { direction: 'backwards', from: start }, { filter, limit: wanted.before }),
      this.#timeline.execute(access, { direction: 'forwards', from: end }, { filter, limit: wanted.after }),
    ]);
    return {
      before: before.events,
      after: after.events,
      start: before.next ?? placeBefore(before.events.at(-1)?.stored ?? event),
      end: after.next ?? placeAfter(after.events.at(-1)?.stored ?? event),
    };
  }
}
