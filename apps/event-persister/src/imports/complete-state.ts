import type { RoomOwnerReader } from '@plexus/storage';
import { INCOMPLETE } from '../commands/execution.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import { toKnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Settled } from '../writing/room-item.ts';
import type { PieceAttempt, RunPiece } from './import-item.ts';
import { adoptCompleteState } from './adopt-complete-state.ts';
import type { CompletedState } from './completed-state.ts';
import type { CompleteBase, JudgeAgainPorts } from './judge-again.ts';
import { JudgeAgain } from './judge-again.ts';
import type { JudgedPiece } from './judged-room.ts';

export interface CompleteStatePorts extends JudgeAgainPorts {
  readonly rooms: Pick<RoomOwnerReader, 'findEvents' | 'listPlacedSince'>;
  readonly run: RunPiece;
}

const EVENTS_AT_ONCE = 50;
const NUMBERS_AT_ONCE = 1_000;
const REST = 'unjudged-events';

/**
 * Replaces the state of a room that was joined with members omitted. The events since the join are judged again in pieces, which store nodes of
 * states alone; the last piece stores what became of them, and the room's state with it, in one unit of work.
 *
 *     judged ──a full page──► judged ──…──► all such pages ──the rest, while the room is held──► adopted
 *
 * A crash before the last piece leaves the room as it was joined, and nodes that are in no state: the import comes again, and begins anew.
 */
export class CompleteState {
  readonly #ports: CompleteStatePorts;
  readonly #completed: CompletedState;
  readonly #base: CompleteBase;
  readonly #events = new Map<number, KnownEvent>();
  readonly #signed = new Map<number, Buffer>();
  #changed: readonly KnownEvent[] = [];
  #extremities: readonly KnownEvent[] = [];
  #currentRoot: number;

  private constructor(ports: CompleteStatePorts, completed: CompletedState, join: KnownEvent) {
    this.#ports = ports;
    this.#completed = completed;
    this.#base = { join, root: completed.root };
    this.#currentRoot = completed.root;
  }

  static async execute(ports: CompleteStatePorts, completed: CompletedState): Promise<Settled> {
    const { place, joinNid } = completed;
    const join = (await ports.rooms.findEvents(place.shard, [joinNid])).get(joinNid);
    if (join?.stateBefore === undefined) return { outcome: 'stored', eventIds: [], position: 0 };
    return new CompleteState(ports, completed, toKnownEvent(join, place.rules)).#run();
  }

  async #run(): Promise<Settled> {
    for await (const page of this.#pages(EVENTS_AT_ONCE)) {
      if (page.length < EVENTS_AT_ONCE) break;
      for (let left = page; left.length > 0;) {
        const { settled, value } = await this.#ports.run(0, (edit) => this.#judge(edit, left));
        if (value === undefined) return settled;
        this.#take(value);
        const rest = left.filter((eventNid) => !this.#events.has(eventNid));
        if (rest.length === left.length) break;
        left = rest;
      }
    }
    for (;;) {
      const { settled, value } = await this.#ports.run(0, (edit) => this.#judgeRest(edit));
      if (value === undefined) return settled;
      this.#take(value);
    }
  }

  #take({ events, signed, ...room }: JudgedPiece): void {
    for (const [eventNid, known] of events) this.#events.set(eventNid, known);
    for (const [eventNid, json] of signed) this.#signed.set(eventNid, json);
    this.#changed = room.changed;
    this.#extremities = room.extremities;
    this.#currentRoot = room.currentRoot;
  }

  #judge(edit: RoomEdit, eventNids: readonly number[]): PieceAttempt<JudgedPiece> {
    const { head } = edit;
    if (head?.partialJoin !== this.#completed.joinNid) return { execution: { outcome: 'settled' } };
    const value = this.#judgeAgain(edit, head).take(eventNids, EVENTS_AT_ONCE);
    if (edit.isIncomplete) return { execution: INCOMPLETE };
    this.#keepRoot(edit, value.currentRoot);
    return { execution: { outcome: 'settled' }, value };
  }

  /**
   * Judges what came since, and adopts the state where nothing is left then: no value.
   *
   * @NOTE What is left is listed while the room waits for the list: nothing else can come in between.
   */
  #judgeRest(edit: RoomEdit): PieceAttempt<JudgedPiece> {
    const { head } = edit;
    if (head?.partialJoin !== this.#completed.joinNid) return { execution: { outcome: 'settled' } };
    const rest = edit.sources.loaded.results.get(REST) as readonly number[] | undefined;
    if (rest === undefined) {
      edit.missing.tasks.set(REST, () => this.#listUnjudged());
      return { execution: INCOMPLETE };
    }
    const piece = this.#judgeAgain(edit, head).take(rest, EVENTS_AT_ONCE);
    if (edit.isIncomplete) return { execution: INCOMPLETE };
    if (piece.events.size === 0 && rest.length > 0) throw new Error('no event since the join can be judged');
    if (piece.events.size < rest.length) return { execution: { outcome: 'settled' }, value: piece };
    const { extremities, currentRoot } = piece;
    const events = [...this.#events.values(), ...piece.events.values()];
    const changed = new Set(piece.changed.map(({ eventNid }) => eventNid));
    const signed = new Map([...this.#signed, ...piece.signed]);
    adoptCompleteState(edit, head, { ...this.#completed, events, changed, signed, extremities, currentRoot });
    return { execution: edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' } };
  }

  #judgeAgain(edit: RoomEdit, head: NonNullable<RoomEdit['head']>): JudgeAgain {
    const before = {
      events: this.#events,
      changed: this.#changed,
      extremities: this.#extremities,
      currentRoot: this.#currentRoot,
    };
    return new JudgeAgain(edit, { head, base: this.#base, ports: this.#ports }, before);
  }

  /** As long as the import is under way, no nodes of the room are cleared away. */
  #keepRoot(edit: RoomEdit, stateRoot: number): void {
    const { shard, roomId, roomNid } = this.#completed.place;
    edit.changes.imports.push({ shard, roomId, roomNid, stateRoot });
  }

  async #listUnjudged(): Promise<number[]> {
    const unjudged: number[] = [];
    for await (const page of this.#pages(NUMBERS_AT_ONCE)) {
      unjudged.push(...page.filter((eventNid) => !this.#events.has(eventNid)));
    }
    return unjudged;
  }

  /** Numbers of the events since the join, the join itself included. */
  async *#pages(limit: number): AsyncGenerator<readonly number[]> {
    const { place, joinNid } = this.#completed;
    for (let after = 0; ;) {
      const page = { joinNid, after, limit };
      const eventNids = await this.#ports.rooms.listPlacedSince(place.shard, place.roomNid, page);
      const last = eventNids.at(-1);
      if (last === undefined) return;
      yield eventNids;
      after = last;
    }
  }
}
