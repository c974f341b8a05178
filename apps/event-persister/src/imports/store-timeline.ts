import type { PolicyAsker } from '@plexus/pdu-checks';
import type { RoomOwnerReader } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { Settled } from '../writing/room-item.ts';
import type { PieceAttempt, PieceDone, RunPiece } from './import-item.ts';
import { placeAfterGap } from './place-after-gap.ts';
import { placeInHistory } from './place-in-history.ts';
import type { StagedPdu } from './staged-piece.ts';

export interface StoreTimelinePorts {
  readonly rooms: Pick<RoomOwnerReader, 'findExtremityPlaces'>;
  readonly resolver: StateResolver;
  readonly policy: PolicyAsker | undefined;
}

export interface StagedTimeline {
  /** Oldest first. */
  readonly timeline: readonly StagedPdu[];
  /** Of the state before the first of them. */
  readonly root: number;
  readonly afterGap: boolean;
  /** The hosted server that has it fetched. */
  readonly destination: string;
}

/** Gives the events of a timeline from elsewhere their places, each in a piece of its own: states may have to be resolved for it. */
export class StoreTimeline {
  readonly #ports: StoreTimelinePorts;
  readonly #place: LoadedRoom;
  readonly #run: RunPiece;

  constructor(ports: StoreTimelinePorts, place: LoadedRoom, run: RunPiece) {
    this.#ports = ports;
    this.#place = place;
    this.#run = run;
  }

  async execute(staged: StagedTimeline): Promise<Settled> {
    const pieces = staged.afterGap ? this.#placeAfterGap(staged) : await this.#placeInHistory(staged);
    const done = await Promise.all(pieces);
    const failed = done.find(({ settled }) => settled.outcome !== 'stored');
    if (failed !== undefined) return failed.settled;
    const end = await this.#run(0, (edit) => this.#end(edit));
    if (end.settled.outcome !== 'stored') return end.settled;
    const eventIds = done.map(({ value }) => value).filter((eventId) => eventId !== undefined);
    return { ...end.settled, eventIds };
  }

  /** The state is named by the events now, and need not be kept for the import any more. */
  #end(edit: RoomEdit): PieceAttempt<undefined> {
    const { shard, roomId, roomNid } = this.#place;
    if (edit.head === undefined) return { execution: refuse('M_NOT_FOUND', 404, 'room.unknown', 'Unknown room') };
    edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: undefined });
    return { execution: { outcome: 'settled' } };
  }

  #placeAfterGap({ timeline, root, destination }: StagedTimeline): Promise<PieceDone<string | undefined>>[] {
    const { resolver, policy: asker } = this.#ports;
    const policy = asker && { asker, origin: destination };
    return timeline.map((pdu, index) => {
      const stateBefore = index === 0 ? root : undefined;
      return this.#run(pdu.bytes.length, (edit) => placeAfterGap(edit, { pdu, stateBefore, resolver, policy }));
    });
  }

  async #placeInHistory({ timeline, root }: StagedTimeline): Promise<Promise<PieceDone<string | undefined>>[]> {
    const { resolver } = this.#ports;
    const places = await this.#findPlaces(timeline);
    return timeline.map((pdu, index) => {
      const stateBefore = index === 0 ? root : undefined;
      const topologicalPosition = places.get(pdu.event.eventId);
      const work = { pdu, stateBefore, topologicalPosition, resolver };
      return this.#run(pdu.bytes.length, (edit) => placeInHistory(edit, work));
    });
  }

  /**
   * Topological positions from the newest to the oldest: each event goes right below the first of those that follow it, here or among the stored
   * ones. One that nothing follows has no place.
   */
  async #findPlaces(timeline: readonly StagedPdu[]): Promise<Map<string, number>> {
    const { shard, roomNid } = this.#place;
    const ids = timeline.map(({ event }) => event.eventId);
    const ends = await this.#ports.rooms.findExtremityPlaces(shard, roomNid, ids);
    const places = new Map<string, number>();
    for (const { event } of timeline.toReversed()) {
      const end = ends.get(event.eventId);
      if (end === undefined) continue;
      places.set(event.eventId, end - 1);
      for (const prev of event.prevEvents) ends.set(prev, Math.min(ends.get(prev) ?? Infinity, end - 1));
    }
    return places;
  }
}
