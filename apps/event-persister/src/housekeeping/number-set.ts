const CHUNK_BITS = 15;
const CHUNK = 1 << CHUNK_BITS;

/** A set of dense numbers, one bit each. */
export class NumberSet {
  readonly #chunks = new Map<number, Uint8Array>();

  has(value: number): boolean {
    const chunk = this.#chunks.get(Math.floor(value / CHUNK));
    const bit = value % CHUNK;
    return chunk !== undefined && ((chunk[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  add(value: number): void {
    const index = Math.floor(value / CHUNK);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK / 8);
      this.#chunks.set(index, chunk);
    }
    const bit = value % CHUNK;
    chunk[bit >> 3] = (chunk[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}
