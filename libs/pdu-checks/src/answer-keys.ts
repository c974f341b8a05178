import type { KeyRing } from '@plexus/remote-servers';
import { askForKeys } from './find-needed-keys.ts';
import type { NeededKeys } from './find-needed-keys.ts';
import type { KnownKey } from './known-keys.ts';

/**
 * The keys by which the events of an answer are signed. All of them are asked for from the beginning; those of the next events are waited for, so that no
 * event waits for a server that only later ones are of.
 */
export class AnswerKeys {
  readonly #needed: readonly NeededKeys[];
  readonly #asked: readonly Promise<KnownKey[]>[];
  #taken = 0;

  /** @NOTE Who reads no further waits for no more keys: that they could not be found is nobody's failure then. */
  constructor(needed: readonly NeededKeys[], keyRing: Pick<KeyRing, 'findKeys'>) {
    this.#needed = needed;
    this.#asked = askForKeys(needed, keyRing);
    void Promise.allSettled(this.#asked);
  }

  /** Those that the events before this one need and that were not taken before. Throws what the key ring throws. */
  async takeUpTo(event: number): Promise<KnownKey[]> {
    const from = this.#taken;
    while ((this.#needed[this.#taken]?.first ?? event) < event) this.#taken += 1;
    return (await Promise.all(this.#asked.slice(from, this.#taken))).flat();
  }
}
