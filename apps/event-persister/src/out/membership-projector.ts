import type { Clock } from '@plexus/matrix-base';
import type { RoomSummary, RoomSummaryProjection, UserRoom, UserRoomProjection } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';

export interface MembershipProjectorPorts {
  readonly projection: UserRoomProjection;
  readonly summaries: RoomSummaryProjection;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  failed(error: unknown): void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Writes committed memberships of hosted users into `user_rooms`, and what describes rooms that anybody may find into `room_summaries`, which
 * are in the other area of storage. A row counts by its position, so an order between two writings is not needed; one that fails is tried until it succeeds.
 */
export class MembershipProjector {
  readonly #ports: MembershipProjectorPorts;
  readonly #stopping = new AbortController();
  #underWay = 0;

  constructor(ports: MembershipProjectorPorts) {
    this.#ports = ports;
  }

  /** Memberships that wait to be written. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves when they are stored: true, or when the projector stops: false. */
  async project(memberships: readonly UserRoom[], summaries: readonly RoomSummary[] = []): Promise<boolean> {
    const latest = latestOfEach(memberships, ({ userId, roomId }) => `${userId} ${roomId}`);
    this.#underWay += latest.length;
    try {
      return await this.#store(
        latest,
        latestOfEach(summaries, ({ roomId }) => roomId),
      );
    } finally {
      this.#underWay -= latest.length;
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #store(memberships: readonly UserRoom[], summaries: readonly RoomSummary[]): Promise<boolean> {
    const { projection, summaries: summaryProjection, clock, failpoints, failed } = this.#ports;
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await failpoints.reach('persister.before-projection');
        await Promise.all([projection.storeUserRooms(memberships), summaryProjection.storeSummaries(summaries)]);
        await failpoints.reach('persister.after-projection');
        return true;
      } catch (error) {
        failed(error);
        await clock.delay(pauseMs, signal);
      }
    }
    return false;
  }
}

/** @NOTE One statement may not change a row twice. */
function latestOfEach<Row extends { readonly position: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): readonly Row[] {
  if (rows.length < 2) return rows;
  const latest = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const other = latest.get(key);
    if (other === undefined || other.position <= row.position) latest.set(key, row);
  }
  return [...latest.values()];
}
