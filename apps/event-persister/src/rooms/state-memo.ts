import type { KnownEvent } from './known-event.ts';

const MAX_ENTRIES = 256;

/**
 * What look-ups in a room's current state have found. A change of state keeps it, but for the changed keys: the hot keys of a room
 * (create, power levels, join rules, the members who talk) are then found without hashing their paths.
 */
export class StateMemo {
  readonly root: number;
  readonly #entries: Map<string, KnownEvent | undefined>;

  constructor(root: number, entries = new Map<string, KnownEvent | undefined>()) {
    this.root = root;
    this.#entries = entries;
  }

  has(type: string, stateKey: string): boolean {
    return this.#entries.has(nameOf(type, stateKey));
  }

  find(type: string, stateKey: string): KnownEvent | undefined {
    return this.#entries.get(nameOf(type, stateKey));
  }

  keep(type: string, stateKey: string, event: KnownEvent | undefined): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(nameOf(type, stateKey), event);
  }

  /** The memo of the state after changes; this one is of no use afterwards. */
  after(root: number, changed: Iterable<{ readonly type: string; readonly stateKey: string }>): StateMemo {
    for (const { type, stateKey } of changed) this.#entries.delete(nameOf(type, stateKey));
    return new StateMemo(root, this.#entries);
  }
}

function nameOf(type: string, stateKey: string): string {
  return `${type}\0${stateKey}`;
}
