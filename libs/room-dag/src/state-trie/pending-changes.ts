import type { StatePath } from './state-path.ts';
import { statePath } from './state-path.ts';
import type { StateChange } from './update-state.ts';

/** With a digit fewer a piece of a large state holds too much; with one more most groups hold nothing. */
const GROUP_DIGITS = 3;

/**
 * Changes of one state that are too many to be made at once: `updateState` takes some 2 µs for each. They are put in and taken out in pieces
 * that the caller finds short enough, and each piece is given to `updateState` with the root that the piece before it made. Neighbours in the trie
 * leave together, so that the pieces write little more than one update with all of them would.
 *
 * A piece whose nodes are stored under its root may be made again: changes that the state has already create nothing. So whoever is
 * interrupted puts all changes in anew, and goes on from the last root that was stored. The caller keeps that root from being collected, and
 * shows nobody a state that lacks some of the changes.
 */
export class PendingStateChanges {
  readonly #pathOf: StatePath;
  readonly #groups = new Map<string, StateChange[]>();
  /** Groups that are not taken, the next one last; nothing when a group came since. */
  #order: string[] | undefined;
  #size = 0;

  constructor(pathOf: StatePath = statePath) {
    this.#pathOf = pathOf;
  }

  /** How many are left to be taken. */
  get size(): number {
    return this.#size;
  }

  /** Puts changes in; of several of one key the last one counts. */
  add(changes: Iterable<StateChange>): void {
    for (const change of changes) {
      const name = this.#pathOf(change).slice(0, GROUP_DIGITS);
      const group = this.#groups.get(name);
      if (group !== undefined) group.push(change);
      else this.#addGroup(name, change);
      this.#size += 1;
    }
  }

  /** Takes at most so many out; none when none is left. */
  take(limit: number): StateChange[] {
    this.#order ??= [...this.#groups.keys()].sort().reverse();
    const taken: StateChange[] = [];
    for (let name = this.#order.at(-1); name !== undefined && taken.length < limit; name = this.#order.at(-1)) {
      const group = this.#groups.get(name) ?? [];
      for (const change of group.splice(0, limit - taken.length)) taken.push(change);
      if (group.length > 0) break;
      this.#groups.delete(name);
      this.#order.pop();
    }
    this.#size -= taken.length;
    return taken;
  }

  #addGroup(name: string, change: StateChange): void {
    this.#groups.set(name, [change]);
    this.#order = undefined;
  }
}
