import type { RoomOwnerReader } from '@plexus/storage';
import { INCOMPLETE } from '../commands/execution.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Settled } from '../writing/room-item.ts';
import type { PieceAttempt, RunPiece } from './import-item.ts';
import { adoptCompleteState } from './adopt-complete-state.ts';
import type { CompletedState } from './completed-state.ts';
import { Rerooting } from './rerooting.ts';

export interface CompleteStatePorts {
  readonly rooms: Pick<RoomOwnerReader, 'findEvents' | 'listPlacedSince'>;
  readonly run: RunPiece;
}

const EVENTS_AT_ONCE = 50;

/**
 * Replaces the state of a room that was joined with members omitted. The events since the join are gone through in pieces, which store only nodes; the
 * last piece changes them and the room at once, when no event has come since the one before.
 */
export class CompleteState {
  readonly #ports: CompleteStatePorts;
  readonly #completed: CompletedState;
  readonly #events: KnownEvent[] = [];
  #rerooting: Rerooting;
  #last: number;

  private constructor(ports: CompleteStatePorts, completed: CompletedState, from: number) {
    this.#ports = ports;
    this.#completed = completed;
    this.#rerooting = new Rerooting(completed.place, { from, to: completed.root });
    this.#last = completed.joinNid - 1;
  }

  static async execute(ports: CompleteStatePorts, completed: CompletedState): Promise<Settled> {
    const { place, joinNid } = completed;
    const join = (await ports.rooms.findEvents(place.shard, [joinNid])).get(joinNid);
    if (join?.stateBefore === undefined) return { outcome: 'stored', eventIds: [], position: 0 };
    return new CompleteState(ports, completed, join.stateBefore).#run();
  }

  async #run(): Promise<Settled> {
    for (;;) {
      const failed = await this.#takeEvents();
      if (failed !== undefined) return failed;
      const { settled, value } = await this.#ports.run(0, (edit) => this.#adopt(edit));
      if (value !== 'not-yet') return settled;
    }
  }

  /** Goes through what came since; nothing where it is through. */
  async #takeEvents(): Promise<Settled | undefined> {
    const { shard, roomNid } = this.#completed.place;
    for (;;) {
      const { joinNid } = this.#completed;
      const page = { joinNid, after: this.#last, limit: EVENTS_AT_ONCE };
      const eventNids = await this.#ports.rooms.listPlacedSince(shard, roomNid, page);
      const last = eventNids.at(-1);
      if (last === undefined) return undefined;
      const { settled, value } = await this.#ports.run(0, (edit) => this.#reroot(edit, eventNids));
      if (value === undefined) return settled;
      this.#rerooting = value.rerooting;
      this.#events.push(...value.events);
      this.#last = last;
    }
  }

  #reroot(
    edit: RoomEdit,
    eventNids: readonly number[],
  ): PieceAttempt<{ readonly rerooting: Rerooting; readonly events: readonly KnownEvent[] }> {
    const rerooting = this.#rerooting.copy();
    const events: KnownEvent[] = [];
    for (const eventNid of eventNids) {
      const known = edit.event(eventNid);
      if (known !== undefined) events.push(rerooting.event(edit, known));
    }
    return edit.isIncomplete
      ? { execution: INCOMPLETE }
      : { execution: { outcome: 'settled' }, value: { rerooting, events } };
  }

  #adopt(edit: RoomEdit): PieceAttempt<'not-yet' | undefined> {
    const { head } = edit;
    if (head === undefined || head.partialJoin !== this.#completed.joinNid)
      return { execution: { outcome: 'settled' } };
    if (head.extremities.some(({ eventNid }) => eventNid > this.#last)) {
      return { execution: { outcome: 'settled' }, value: 'not-yet' };
    }
    adoptCompleteState(edit, head, {
      ...this.#completed,
      events: this.#events,
      currentRoot: this.#rerooting.copy().root(edit, head.currentRoot),
    });
    return { execution: edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' } };
  }
}
