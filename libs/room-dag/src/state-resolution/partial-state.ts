import type { StateKey } from '../pdu/pdu.ts';
import { StateMap } from './state-map.ts';

/** The room state that resolution builds up over the state it starts from. */
export class PartialState {
  readonly applied = new StateMap<string>();
  readonly #findInBase: (key: StateKey) => string | undefined;

  constructor(findInBase: (key: StateKey) => string | undefined) {
    this.#findInBase = findInBase;
  }

  find(key: StateKey): string | undefined {
    return this.applied.find(key) ?? this.#findInBase(key);
  }
}
