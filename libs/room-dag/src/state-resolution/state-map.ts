import type { StateKey } from '../pdu/pdu.ts';

export interface StateMapEntry<V> extends StateKey {
  readonly value: V;
}

/** A map whose keys are pairs of type and state key. */
export class StateMap<V> implements Iterable<StateMapEntry<V>> {
  readonly #byType = new Map<string, Map<string, V>>();

  constructor(entries: Iterable<StateMapEntry<V>> = []) {
    for (const { type, stateKey, value } of entries) this.set({ type, stateKey }, value);
  }

  get isEmpty(): boolean {
    return this.#byType.size === 0;
  }

  find({ type, stateKey }: StateKey): V | undefined {
    return this.#byType.get(type)?.get(stateKey);
  }

  has({ type, stateKey }: StateKey): boolean {
    return this.#byType.get(type)?.has(stateKey) === true;
  }

  set({ type, stateKey }: StateKey, value: V): void {
    const ofType = this.#byType.get(type);
    if (ofType === undefined) this.#byType.set(type, new Map([[stateKey, value]]));
    else ofType.set(stateKey, value);
  }

  *[Symbol.iterator](): Generator<StateMapEntry<V>> {
    for (const [type, ofType] of this.#byType) {
      for (const [stateKey, value] of ofType) yield { type, stateKey, value };
    }
  }
}
