import { encodeTimelineToken } from '@plexus/matrix-api';
import type { ErasedEvents, RoomExpiry, RoomPlace, VisibilityReader } from '@plexus/room-view';
import type { StoredEvent } from '@plexus/storage';
import type { LogRow } from '../log/log-row.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { ServedEvent } from '../log/served-event.ts';
import { hasExpired, readEvent } from '@plexus/room-view';
import type { EventRenderer } from '../render/event-renderer.ts';
import { countStaleEntries } from './cut-stale-entries.ts';
import type { EntryOfRow } from './cut-stale-entries.ts';
import type { LogPlace } from './log-place.ts';
import type { RoomTask } from './room-task.ts';
import type { TimelineEntry } from './timeline-entry.ts';

export interface Timeline {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  readonly isLimited: boolean;
  readonly prevBatch: string | undefined;
  /** The room's state before the first entry, and at the end of the range; the same where there is no entry. */
  readonly startRoot: number;
  readonly endRoot: number;
  /** All rows of the range, oldest first, where they are all here with what they changed; else nothing. */
  readonly rows: readonly LogRow[] | undefined;
}

export interface TimelineReaderOptions {
  readonly rows: RoomRows;
  readonly renderer: EventRenderer;
  readonly visibility: VisibilityReader;
  readonly erased: ErasedEvents;
  readonly expiry: Pick<RoomExpiry, 'findEnd'>;
  readonly log: Pick<LogPlace, 'generation'>;
}

const NO_ROWS: ReadonlySet<LogRow> = new Set();

/** So many rows are looked at for a filter that few events pass. */
const MAX_SCANNED = 1000;

interface Collected {
  /** Newest first. */
  readonly entries: EntryOfRow[];
  readonly rows: LogRow[];
  isLimited: boolean;
  /** The newest event that was kept out though it passes. */
  cutOff: ServedEvent | undefined;
}

/** Reads the timelines of responses (https://spec.matrix.org/v1.19/client-server-api/#syncing): the newest events that the filter and the room's history visibility let through. */
export class TimelineReader {
  readonly #rows: RoomRows;
  readonly #renderer: EventRenderer;
  readonly #visibility: VisibilityReader;
  readonly #erased: ErasedEvents;
  readonly #expiry: Pick<RoomExpiry, 'findEnd'>;
  readonly #log: Pick<LogPlace, 'generation'>;

  constructor({ rows, renderer, visibility, erased, expiry, log }: TimelineReaderOptions) {
    this.#rows = rows;
    this.#renderer = renderer;
    this.#visibility = visibility;
    this.#erased = erased;
    this.#expiry = expiry;
    this.#log = log;
  }

  /** The timeline after `after`, which lies before the client's position where the room is new to it. */
  async read(task: RoomTask, after: number): Promise<Timeline> {
    const collected = await this.#collect(task, after);
    if (!task.request.useStateAfter) cutStaleEntries(collected);
    const { entries, rows, isLimited } = collected;
    const first = entries.at(-1);
    const endRoot = rows[0]?.currentRoot ?? (await this.#rows.rootAt(task.room, task.upTo));
    const { generation } = this.#log;
    const history =
      isBlank(collected) && after === 0 ? await this.#rows.findNewestEvent(task.room, task.upTo) : undefined;
    return {
      entries: entries.map(({ entry }) => entry).toReversed(),
      isLimited: isLimited || history !== undefined,
      prevBatch: history === undefined ? prevBatchOf(collected, generation) : placeBehind(history, generation),
      startRoot: first?.row.previousRoot ?? endRoot,
      endRoot,
      rows: isLimited || rows.some(({ changedState }) => changedState === undefined) ? undefined : rows.toReversed(),
    };
  }

  async #collect(task: RoomTask, after: number): Promise<Collected> {
    const collected: Collected = { entries: [], rows: [], isLimited: false, cutOff: undefined };
    const { room, upTo } = task;
    for await (const piece of this.#rows.backwards({ room, after, upTo })) {
      await this.#take(task, piece, collected);
      if (collected.isLimited) break;
      if (collected.rows.length >= MAX_SCANNED) {
        collected.isLimited = true;
        break;
      }
    }
    return collected;
  }

  /** Takes what passes of a piece, newest first, until there is one more than the limit. */
  async #take(task: RoomTask, piece: readonly LogRow[], collected: Collected): Promise<void> {
    const { filter } = task.request;
    const looking = this.#expiry.findEnd(placeIn(task, piece));
    const expired = looking && (await looking);
    const passing = piece.filter(
      ({ event }) =>
        event !== undefined &&
        !isIgnored(event, task) &&
        !hasExpired(event.stored.topologicalPosition, expired) &&
        filter.matchesTimeline(task.room.roomId, event.traits),
    );
    const joined = seenWhileJoined(task, passing);
    const memberships = joined ?? (await this.#viewAll(task, passing, collected));
    const erased = joined === undefined ? await this.#findErased(memberships) : NO_ROWS;
    for (const row of piece) {
      const membership = memberships.get(row);
      if (membership !== undefined && row.event !== undefined) {
        const rendering = this.#renderer.render(row.event);
        const full = rendering instanceof Promise ? await rendering : rendering;
        const rendered = full.isShown && erased.has(row) ? this.#renderer.renderErased(row.event) : full;
        if (rendered.isShown && collected.entries.length >= filter.timelineLimit) {
          collected.isLimited = true;
          collected.cutOff = row.event;
          return;
        }
        if (rendered.isShown) collected.entries.push({ row, entry: { event: row.event, rendered, membership } });
      }
      collected.rows.push(row);
    }
  }

  /**
   * The user's membership at each row that they may see. While they are joined they see everything, so only what came before their newest
   * membership is looked up.
   */
  async #viewAll(task: RoomTask, rows: readonly LogRow[], collected: Collected): Promise<Map<LogRow, string>> {
    const { membership } = task.membership;
    const seen = new Map<LogRow, string>();
    const unsure: LogRow[] = [];
    for (const row of rows) {
      if (membership === 'join' && row.position > task.membership.position) seen.set(row, 'join');
      else unsure.push(row);
    }
    if (unsure.length === 0) return seen;
    const wasJoined = collected.entries.some(({ entry }) => entry.membership === 'join');
    const views = await this.#view(task, unsure.toReversed(), membership === 'join' || wasJoined);
    for (const [row, view] of views) {
      if (view.isVisible || isOwnMembership(row, task.request.userId)) seen.set(row, view.membership);
    }
    return seen;
  }

  /** What of it the user gets redacted, because its sender was erased. */
  async #findErased(memberships: ReadonlyMap<LogRow, string>): Promise<ReadonlySet<LogRow>> {
    const seen = [...memberships].flatMap(([row, membership]) => {
      if (row.event === undefined) return [];
      const { sender, stateKey } = row.event.traits;
      return [{ row, sender, stateKey, membership }];
    });
    return new Set([...(await this.#erased.find(seen))].map(({ row }) => row));
  }

  async #view(
    task: RoomTask,
    rows: readonly LogRow[],
    isJoinedAfterwards: boolean,
  ): Promise<[LogRow, { isVisible: boolean; membership: string }][]> {
    const there = rows.flatMap(({ event, roomVersion }) =>
      event === undefined ? [] : [{ stored: event.stored, event: readEvent(event.stored, roomVersion) }],
    );
    const viewer = { userId: task.request.userId, isJoinedAfterwards };
    const views = await this.#visibility.view(placeIn(task, rows), there, viewer);
    return rows.flatMap((row, index) => (views[index] === undefined ? [] : [[row, views[index]]]));
  }
}

/** All of them, where all came while the user was joined as they are now. */
function seenWhileJoined({ membership }: RoomTask, rows: readonly LogRow[]): Map<LogRow, string> | undefined {
  if (membership.membership !== 'join' || rows.some(({ position }) => position <= membership.position))
    return undefined;
  return new Map(rows.map((row) => [row, 'join']));
}

/** What is no state of the room is kept from who ignores its sender (https://spec.matrix.org/v1.19/client-server-api/#ignoring-users). */
function isIgnored({ traits }: ServedEvent, { settings }: RoomTask): boolean {
  return traits.stateKey === undefined && settings.ignored.has(traits.sender);
}

/** Users learn of all that happens to their membership, whether the room's history is open to them or not. */
function isOwnMembership({ event }: LogRow, userId: string): boolean {
  return event?.traits.type === 'm.room.member' && event.traits.stateKey === userId;
}

/** The room as these rows have it. */
function placeIn({ room: { shard, roomNid } }: RoomTask, rows: readonly LogRow[]): RoomPlace {
  return { shard, roomNid, roomVersion: rows[0]?.roomVersion ?? '' };
}

/** Without `state_after` a client would keep the state of an entry that was replaced by something it does not see. */
function cutStaleEntries(collected: Collected): void {
  const { rows, entries } = collected;
  const count = countStaleEntries(rows, entries);
  if (count === 0) return;
  collected.cutOff = entries.at(-count)?.row.event;
  collected.isLimited = true;
  entries.length -= count;
}

/** Before the first entry; where there is none, behind what was kept out or before the oldest row that was looked at. */
function prevBatchOf({ entries, rows, cutOff }: Collected, generation: number): string | undefined {
  const first = entries.at(-1)?.row.event;
  if (first !== undefined) return placeBefore(first, { offset: 0, generation });
  if (cutOff !== undefined) return placeBefore(cutOff, { offset: 1, generation });
  const oldest = rows.findLast((row) => row.event !== undefined)?.event;
  return oldest && placeBefore(oldest, { offset: 0, generation });
}

/** The log has no event of the room, which may have come with all of its history behind it: brought back from a backup. */
function isBlank({ rows }: Collected): boolean {
  return rows.every(({ event }) => event === undefined);
}

function placeBehind(stored: StoredEvent, generation: number): string {
  return placeBefore({ stored, eventNid: stored.eventNid }, { offset: 1, generation });
}

function placeBefore(
  { stored, eventNid }: Pick<ServedEvent, 'eventNid'> & { readonly stored: Pick<StoredEvent, 'topologicalPosition'> },
  { offset, generation }: { readonly offset: 0 | 1; readonly generation: number },
): string {
  const { topologicalPosition } = stored;
  return encodeTimelineToken({
    generation,
    topologicalPosition: topologicalPosition ?? 0,
    eventNid: eventNid + offset,
  });
}
